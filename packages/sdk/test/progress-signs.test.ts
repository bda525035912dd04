import { afterEach, expect, it } from "vitest";
import { type WorkerBench, workerBench } from "./worker-bench.ts";

let bench: WorkerBench;
afterEach(() => bench.close());

it("R4.6: the first sign of progress counts however soon it comes; those that follow within 100 ms are one", async () => {
  bench = await workerBench();
  const { clock, client, rows } = bench;
  bench.service.add({ id: "J1", deliverableId: "D1" });
  const moved: number[] = [];
  await bench.watchdog.heartbeat(async (beat) => {
    const job = await beat.claim(() => client.claim());
    const claimedAt = rows()["claimStartedAt"] ?? 0;
    for (const waits of [1, 98, 1, 1, 99, 1, 5_000]) {
      await clock.advance(waits);
      await job?.phase("render", () => undefined);
      moved.push(Math.round(((rows()["claimProgressAt"] ?? 0) - claimedAt) * 1_000));
    }
    await job?.release("done", () => ({ ok: true }));
  });
  expect(moved).toEqual([1, 1, 1, 101, 101, 201, 5_201]);
});
