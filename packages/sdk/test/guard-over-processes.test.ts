/** The lease guard of a worker whose phases are processes of their own, and of the worker that comes after it (R4.9, R6.1, R6.4, R6.5). */
import { expect, it } from "vitest";
import { finishedWork, type Row } from "../src/index.ts";
import { type OneShotWorker, oneShotWorkerOf } from "../src/one-shot/one-shot-worker.ts";
import { createPolicy } from "../src/policy/index.ts";
import { manualClock, memoryJobService } from "../src/testing/index.ts";
import { checkOptions } from "../src/worker/watchdog-options.ts";
import { WorkerContext } from "../src/worker/worker-context.ts";
import { durableJournal } from "./durable-journal.ts";
import { simulatedGate } from "./simulation/simulated-gate.ts";

const there = { url: "https://x.example/there", filesUrl: "https://x.example/files" };

function world(leaseSeconds = 900) {
  const clock = manualClock();
  const journal = durableJournal();
  const service = memoryJobService({ clock, leaseSeconds });
  service.add({ id: "J1", deliverableId: "D1" });
  /** One process of a worker, from its start to its end, and the rows that it leaves. */
  const shot = async (id: string, act: (worker: OneShotWorker) => Promise<unknown>): Promise<readonly Row[]> => {
    const client = service.client(id);
    const options = checkOptions({
      worker: { id, pool: "p" },
      policy: createPolicy(),
      journal,
      clock,
      helper: { touch: () => client.touch() },
      environment: {},
    });
    const worker = oneShotWorkerOf(
      new WorkerContext(
        options,
        simulatedGate(() => clock.now()),
      ),
    );
    try {
      await act(worker);
      const rows = worker.rows.rows(clock.now());
      worker.delivered();
      return rows;
    } finally {
      worker.close();
    }
  };
  const claim = (id: string) => (worker: OneShotWorker) =>
    worker.heartbeat("claim").claim(() => service.client(id).claim());
  const risks = () => journal.records({ kind: "job_lease" }).map(({ data }) => data["risk"]);
  const looks = (id: string) => shot(id, async (worker) => worker.job()?.phase("render", () => undefined));
  return { clock, journal, service, shot, claim, risks, looks };
}

const incidents = (rows: readonly Row[], kind: string): readonly number[] =>
  rows
    .filter(({ metric, attributes }) => metric === "claimIncidents" && attributes["kind"] === kind)
    .map(({ value }) => value);

it("R6.5: each risk is recorded by the process that sees it first, and by no other", async () => {
  const { clock, shot, claim, risks, looks } = world();
  await shot("w1", claim("w1"));
  await looks("w1");
  expect(risks()).toEqual(["normal"]);
  await clock.advance(601_000);
  await looks("w1");
  await looks("w1");
  expect(risks()).toEqual(["normal", "near_expiry"]);
});

it("R6.4: the lease that ran out between two processes is one incident, and nothing completes", async () => {
  const { clock, service, shot, claim } = world();
  await shot("w1", claim("w1"));
  await shot("w1", async (worker) => worker.job()?.artifact(() => there));
  await clock.advance(901_000);
  const complete = async (worker: OneShotWorker): Promise<void> => {
    const job = worker.job();
    if (job?.verifiedArtifact === undefined) throw new Error("no artifact");
    await expect(job.complete(job.verifiedArtifact, () => service.client("w1").complete("J1"))).rejects.toMatchObject({
      code: "lease_lost",
    });
  };
  expect(incidents(await shot("w1", complete), "lease_lost")).toEqual([1]);
  expect(incidents(await shot("w1", complete), "lease_lost")).toEqual([1]);
  expect(service.calls("complete")).toBe(0);
});

it("R6.4: the finished work of a killed worker is found by the next one, whose gate proves it again", async () => {
  const { clock, journal, service, shot, claim } = world();
  await shot("w1", claim("w1"));
  await shot("w1", async (worker) => worker.job()?.artifact(() => there));
  await clock.advance(901_000);
  await shot("w1", async (worker) => worker.job());
  await shot("w2", claim("w2"));
  await shot("w2", async (worker) => {
    const job = worker.job();
    expect(job?.earlierWork).toMatchObject({ workerId: "w1", url: there.url, filesUrl: there.filesUrl });
    expect(job?.verifiedArtifact).toBeUndefined();
    const artifact = await job?.artifact(() => there);
    if (artifact !== undefined) await job?.complete(artifact, () => service.client("w2").complete("J1"));
  });
  expect(service.state("J1")).toBe("completed");
  expect(finishedWork(journal, "J1")).toBeUndefined();
});

it("R6.1: an added kind is tried once an attempt, over all of its processes", async () => {
  const { service, shot, claim, journal } = world();
  service.fault("complete", { result: { ok: false, error: "missing_artifact_kind", missing_kinds: ["video"] } }, 9);
  await shot("w1", claim("w1"));
  await shot("w1", async (worker) => worker.job()?.artifact(() => there));
  for (const _ of [1, 2, 3])
    await shot("w1", async (worker) => {
      const job = worker.job();
      if (job?.verifiedArtifact !== undefined)
        await job.complete(job.verifiedArtifact, () => service.client("w1").complete("J1")).catch(() => undefined);
    });
  const kinds = journal
    .records({ kind: "repair_action" })
    .filter(({ data }) => data["trigger"] === "missing_artifact_kind");
  expect(kinds).toHaveLength(1);
});

it("R6.1: a job that does not move is put to the supervisor once, however many processes see it", async () => {
  const { clock, shot, claim, journal } = world(3_000);
  await shot("w1", claim("w1"));
  await clock.advance(1_000_000);
  for (const _ of [1, 2]) await shot("w1", async (worker) => worker.job());
  const proposals = journal.records({ kind: "repair_action" }).filter(({ data }) => data["trigger"] === "queue_stuck");
  expect(proposals.map(({ data }) => data["action"])).toEqual(["supervisor_review"]);
});

it("R4: a heartbeat of one-shot commands is judged once, when the next one begins (alert 8)", async () => {
  const { shot, service } = world();
  const counts: unknown[] = [];
  for (let beat = 0; beat < 4; beat += 1) {
    const client = service.client("w1");
    await shot("w1", (worker) => worker.heartbeat("doctor").doctor(() => client.doctor()));
    const rows = await shot("w1", (worker) => worker.heartbeat("touch").touch(() => client.touch()));
    counts.push(rows.find(({ metric }) => metric === "silentHeartbeats")?.value);
  }
  const rows = await shot("w1", (worker) => worker.heartbeat("doctor").doctor(() => service.client("w1").doctor()));
  expect(rows.find(({ metric }) => metric === "silentHeartbeats")?.value).toBe(4);
  // The touch goes on with the doctor's heartbeat, and says nothing of those before.
  expect(counts).toEqual([undefined, undefined, undefined, undefined]);
});

it("R6.3: a job that one process leaves stuck has its class before the next one comes", async () => {
  const { clock, shot, service, claim, journal, looks } = world();
  service.fault("context", { throws: new TypeError("fetch failed") }, 2);
  await shot("w1", claim("w1"));
  const failing = shot("w1", async (worker) => worker.job()?.context(() => service.client("w1").context("J1")));
  await clock.advance(5_000);
  await failing;
  await looks("w1");
  const proposals = journal.records({ kind: "repair_action" }).filter(({ data }) => data["trigger"] === "job_stuck");
  expect(proposals.map(({ data }) => [data["class"], data["action"]])).toEqual([["transport", "retouch_worker"]]);
});
