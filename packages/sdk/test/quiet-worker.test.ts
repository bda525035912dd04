/** A worker that wakes and delivers nothing: silent heartbeats, the backlog that it hears of, and the proposal (R4 alerts 5, 7c and 8; R6). */
import { afterEach, describe, expect, it } from "vitest";
import { type Heartbeat, type Job, memoryJournal } from "../src/index.ts";
import { day, type WorkerBench, type WorkerBenchOptions, workerBench } from "./worker-bench.ts";

let bench: WorkerBench;
afterEach(() => bench.close());

async function start(options: WorkerBenchOptions = {}): Promise<WorkerBench> {
  bench = await workerBench(options);
  return bench;
}

/** Runs heartbeats and gives the count after each. */
async function silentAfter(times: number, beat: (beat: Heartbeat) => Promise<unknown>): Promise<readonly unknown[]> {
  const counts: unknown[] = [];
  for (let index = 0; index < times; index += 1) {
    await bench.through(bench.watchdog.heartbeat(beat));
    counts.push(bench.rows()["silentHeartbeats"]);
  }
  return counts;
}

/** Claims a new job and does with it what `work` does. */
function claiming(work: (job: Job) => unknown): (beat: Heartbeat) => Promise<unknown> {
  let next = 0;
  return async (beat) => {
    next += 1;
    bench.service.add({ id: `S${next}`, deliverableId: "D1" });
    const job = await beat.claim(() => bench.client.claim());
    if (job === undefined) throw new Error("no job");
    await bench.clock.advance(1_000);
    await work(job);
  };
}

describe("R4: alert 8, silent heartbeats", () => {
  it("counts heartbeats that only wake and touch", async () => {
    await start();
    expect(await silentAfter(3, (beat) => beat.touch(() => bench.client.touch()))).toEqual([1, 2, 3]);
  });

  it("counts heartbeats that claim a job and leave it", async () => {
    await start();
    expect(
      await silentAfter(
        3,
        claiming(() => undefined),
      ),
    ).toEqual([1, 2, 3]);
  });

  it("counts a claim that fails", async () => {
    const { service } = await start();
    service.fault("claim", { result: { ok: false } }, 3);
    expect(await silentAfter(3, (beat) => beat.claim(() => bench.client.claim()))).toEqual([1, 2, 3]);
  });

  it.each<readonly [string, (job: Job) => unknown]>([
    ["a verified artifact", (job) => job.artifact(() => bench.artifact)],
    ["a sign of progress", (job) => job.phase("render", () => undefined)],
    ["fail(reason)", (job) => job.fail("broken", () => bench.client.fail(job.id))],
    ["release(reason)", (job) => job.release("too big", () => bench.client.release(job.id))],
  ])("%s ends the count", async (_, work) => {
    await start();
    await silentAfter(2, (beat) => beat.touch(() => bench.client.touch()));
    expect(await silentAfter(1, claiming(work))).toEqual([0]);
  });

  it("a fail that the queue did not acknowledge does not", async () => {
    const { service } = await start();
    service.fault("fail", { result: { ok: false } });
    expect(
      await silentAfter(
        1,
        claiming((job) => job.fail("broken", () => bench.client.fail(job.id))),
      ),
    ).toEqual([1]);
  });

  it("an open repair proposal does: an idle worker is told of by alert 5 alone", async () => {
    await start();
    expect(await silentAfter(5, (beat) => beat.claim(() => bench.client.claim()))).toEqual([1, 2, 0, 0, 0]);
  });

  it("is kept over restarts", async () => {
    const journal = memoryJournal();
    await start({ journal });
    await silentAfter(2, (beat) => beat.touch(() => bench.client.touch()));
    await bench.close();
    await start({ journal });
    expect(await silentAfter(1, (beat) => beat.touch(() => bench.client.touch()))).toEqual([3]);
  });
});

describe("R6, alert 7c: what the queue says that it holds", () => {
  const empty = (beat: Heartbeat): Promise<unknown> => beat.claim(() => bench.client.claim());

  it("is asked with each empty claim, exported, and forgotten with the next job", async () => {
    const answers: unknown[] = [
      { pending_jobs: 2, oldest_pending_at: 1_790_000_000, kinds: ["video"] },
      { pending_jobs: 1, oldest_pending_at: 1_790_000_500 },
      { pending_jobs: 0, oldest_pending_at: 1_790_000_500 },
      { pending_jobs: 3, oldest_pending_at: 1_790_000_100 },
    ];
    let asked = 0;
    await start({ backlog: () => answers[asked++] });
    const seen: unknown[] = [];
    for (const _ of answers) {
      await bench.watchdog.heartbeat(empty);
      seen.push([bench.rows()["queuePendingJobs"], bench.rows()["queueOldestPendingAt"]]);
    }
    expect(seen).toEqual([
      [2, 1_790_000_000],
      [1, 1_790_000_500],
      [0, undefined],
      [3, 1_790_000_100],
    ]);
    bench.service.add({ id: "J1", deliverableId: "D1" });
    await bench.through(bench.watchdog.heartbeat((beat) => day(bench, beat)));
    expect(asked).toBe(4);
    expect(bench.rows()).not.toHaveProperty("queuePendingJobs");
    expect(bench.rows()).not.toHaveProperty("queueOldestPendingAt");
  });

  it.each([
    ["milliseconds", { pending_jobs: 1, oldest_pending_at: 1_790_000_000_000 }],
    ["text", { pending_jobs: "1", oldest_pending_at: "now" }],
    ["a negative number", { pending_jobs: -1, oldest_pending_at: -1 }],
    ["nothing", undefined],
  ])("exports no time that is %s", async (_, answer) => {
    await start({ backlog: () => answer });
    await bench.watchdog.heartbeat(empty);
    expect(bench.rows()).not.toHaveProperty("queueOldestPendingAt");
  });

  it("never fails a claim, and never holds it up for longer than a command may take", async () => {
    await start({ backlog: () => new Promise(() => {}) });
    expect(await bench.through(bench.watchdog.heartbeat(empty), 31)).toBeUndefined();
  });

  it("R6: the proposal is written once a streak, with an audit record that waits for a person", async () => {
    await start({ backlog: () => ({ pending_jobs: 2, eligible_kinds: ["report"], other_kinds: ["video"] }) });
    for (const _ of [1, 2, 3, 4]) await bench.watchdog.heartbeat(empty);
    const proposals = bench.journal.events.filter(({ name }) => name === "worker.no_job.proposal");
    expect(proposals.map(({ data }) => data)).toEqual([
      {
        no_job_streak: 3,
        worker_role: "builder",
        worker_pool: "p",
        proposed_action: "inspect_backlog_capabilities",
        backlog_pending_jobs: 2,
        backlog_eligible_kinds: ["report"],
        backlog_other_kinds: ["video"],
      },
    ]);
    expect(
      bench.journal.records({ kind: "repair_action" }).map(({ data }) => [data["trigger"], data["result"]]),
    ).toEqual([["repeated_no_job", "needs_human"]]);
    expect(Object.keys(bench.rows()).filter((row) => row.startsWith("claimIncidents"))).toEqual([]);
  });

  it("R6.1: where the policy does not allow proposals, that is alert 15, and alert 8 may follow", async () => {
    await start({ policy: { self_heal: { allowed: ["retouch_worker"] } } });
    expect(await silentAfter(4, empty)).toEqual([1, 2, 3, 4]);
    expect(bench.rows()["claimIncidents{repair_exhausted,repeated_no_job}"]).toBe(1);
    expect(bench.journal.events.map(({ name }) => name)).not.toContain("worker.no_job.proposal");
  });
});
