/** A worker's own progress report renews its lease, where the queue's answer says so. */
import { expect, it } from "vitest";
import { createWatchdog, memoryJournal } from "../src/index.ts";
import { manualClock, memoryJobService } from "../src/testing/index.ts";

async function day(answer: (lease: number) => object) {
  const clock = manualClock();
  const service = memoryJobService({ clock, leaseSeconds: 900 });
  service.add({ id: "j", deliverableId: "D" });
  const journal = memoryJournal();
  const watchdog = createWatchdog({ worker: { id: "w", pool: "p" }, clock, journal, environment: {} });
  const left: number[] = [];
  await watchdog.heartbeat(async (beat) => {
    const job = await beat.claim(() => service.client("w").claim());
    await clock.advance(300_000);
    await job?.progress("building_artifact", () => ({ status: "running", ...answer(clock.now() / 1_000 + 900) }));
    left.push(job?.leaseRemainingSeconds() ?? 0);
    await clock.advance(700_000);
    left.push(job?.leaseRemainingSeconds() ?? 0);
    expect(job?.signal.aborted).toBe((left[1] ?? 0) <= 0);
    await job?.release("done here", () => ({ ok: true }));
  });
  await watchdog.stop();
  return { left, events: journal.events.map(({ name }) => name) };
}

it("R4.6: an answer that names a later expiry is a renewal: the job's signal lives as long as the queue's lease", async () => {
  const { left, events } = await day((lease_expires_at) => ({ lease_expires_at }));
  expect(left).toEqual([900, 200]);
  expect(events).toContain("worker.lease.renewed");
});

it.each([
  ["names none", () => ({})],
  ["names an earlier one", (lease: number) => ({ lease_expires_at: lease - 600 })],
  ["names one in milliseconds", (lease: number) => ({ lease_expires_at: lease * 1_000 })],
])("an answer that %s changes nothing", async (_, answer) => {
  const { left, events } = await day(answer);
  expect(left).toEqual([600, -100]);
  expect(events).not.toContain("worker.lease.renewed");
});
