import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Job } from "../src/index.ts";
import { type DurableJournal, durableJournal } from "./durable-journal.ts";
import { type WorkerBench, type WorkerBenchOptions, workerBench } from "./worker-bench.ts";

let benches: WorkerBench[];
let journal: DurableJournal;
beforeEach(() => {
  benches = [];
  journal = durableJournal();
});
afterEach(async () => {
  for (const bench of benches) await bench.close();
});

/** A process of the worker, on the journal and the job service of the others. */
async function process(options: WorkerBenchOptions = {}): Promise<WorkerBench> {
  const [first] = benches;
  const shared = first === undefined ? {} : { clock: first.clock, service: first.service };
  const bench = await workerBench({ ...shared, journal, ...options });
  benches.push(bench);
  return bench;
}

/** Claims a job, and is killed in its build. */
async function killedInBuild(): Promise<{ readonly traceId: string }> {
  // A killed process renews nothing.
  const killed = await process({ renews: false });
  killed.service.add({ id: "J1", deliverableId: "D1" });
  let job: Job | undefined;
  const beat = killed.watchdog.heartbeat(async (heartbeat) => {
    job = await heartbeat.claim(() => killed.client.claim());
    await job?.phase("build", () => new Promise(() => {}));
  });
  beat.catch(() => {});
  await killed.clock.advance(0);
  if (job === undefined) throw new Error("no job was claimed");
  return job;
}

describe("R4.9: a worker that is restarted within its lease", () => {
  it("goes on with its job under the same trace, and completes it", async () => {
    const { traceId } = await killedInBuild();
    const restarted = await process();
    await restarted.clock.advance(60_000);
    const done = await restarted.through(
      restarted.watchdog.heartbeat(async (beat) => {
        const job = beat.resume();
        if (job === undefined) throw new Error("nothing to resume");
        const artifact = await job.artifact(() => restarted.artifact);
        await job.complete(artifact, () => restarted.client.complete(job.id));
        return { id: job.id, deliverable: job.deliverableId, traceId: job.traceId, state: job.state };
      }),
    );
    expect(done).toEqual({ id: "J1", deliverable: "D1", traceId, state: "completed" });
    const attempts = restarted.rawRows().filter((row) => row.metric === "claimSettledAt");
    expect(attempts.map((row) => row.attributes["trace.id"])).toEqual([traceId]);
  });

  it("knows the phase that was cut off", async () => {
    await killedInBuild();
    const runs = journal.records({ kind: "worker_run" });
    expect(runs.at(-1)).toMatchObject({ jobId: "J1", data: { phase: "build", status: "started", ended: null } });
  });

  it("has nothing to go on with once the lease is over, or the job is settled, or the heartbeat ended", async () => {
    await killedInBuild();
    const late = await process();
    await late.clock.advance(901_000);
    expect(await late.watchdog.heartbeat((beat) => beat.resume())).toBeUndefined();
    await late.watchdog.heartbeat(async (beat) => {
      const job = await beat.claim(() => late.client.claim());
      expect(job?.id).toBe("J1");
    });
    expect(await late.watchdog.heartbeat((beat) => beat.resume())).toBeUndefined();
  });

  it("refuses to claim beside it", async () => {
    await killedInBuild();
    const restarted = await process();
    await restarted.watchdog.heartbeat(async (beat) => {
      expect(beat.resume()?.id).toBe("J1");
      await expect(beat.claim(() => restarted.client.claim())).rejects.toMatchObject({ code: "second_primary_job" });
      expect(() => beat.resume()).toThrow(/resume was called while this heartbeat holds job J1/);
    });
  });

  it("has nothing to go on with in memory", async () => {
    const bench = await workerBench();
    benches.push(bench);
    expect(await bench.watchdog.heartbeat((beat) => beat.resume())).toBeUndefined();
  });
});
