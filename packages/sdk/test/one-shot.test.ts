import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Job, memoryJournal, type Row, type WatchdogOptions } from "../src/index.ts";
import { type HeartbeatPhase, type OneShotWorker, openOneShotWorker } from "../src/one-shot/index.ts";
import { createPolicy } from "../src/policy/index.ts";
import {
  type JobServiceClient,
  type ManualClock,
  type MemoryJobService,
  manualClock,
  memoryJobService,
  recordSpans,
  type SpanRecorder,
} from "../src/testing/index.ts";
import { type DurableJournal, durableJournal } from "./durable-journal.ts";

let clock: ManualClock;
let service: MemoryJobService;
let client: JobServiceClient;
let journal: DurableJournal;
let spans: SpanRecorder;
let host: Server;
let artifact: { readonly url: string; readonly filesUrl: string };

beforeEach(async () => {
  clock = manualClock();
  service = memoryJobService({ clock });
  client = service.client("w1");
  journal = durableJournal();
  spans = recordSpans();
  host = createServer((request, response) => response.end(request.url === "/files.json" ? '["a.html"]' : "<h1>a</h1>"));
  await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
  artifact = { url: `${base}/a.html?sig=s3cret`, filesUrl: `${base}/files.json` };
});

afterEach(async () => {
  spans.unregister();
  await new Promise((resolve) => host.close(resolve));
});

const policy = createPolicy({ artifact: { allowed_private_hosts: ["127.0.0.1"] } });

function open(options: Partial<WatchdogOptions> = {}): OneShotWorker {
  return openOneShotWorker({
    worker: { id: "w1", pool: "p" },
    policy,
    clock,
    helper: { touch: () => client.touch() },
    environment: {},
    ...options,
    journal,
  });
}

/** What one process does: opens, acts, exports, closes. The rows are what it would have exported. */
async function shot<R>(
  act: (worker: OneShotWorker) => Promise<R> | R,
  options: { readonly delivered?: boolean } = {},
): Promise<{ readonly result: R; readonly rows: readonly Row[] }> {
  const worker = open();
  try {
    const result = await act(worker);
    const rows = worker.rows.rows(clock.now());
    if (options.delivered !== false) worker.delivered();
    return { result, rows };
  } finally {
    worker.close();
  }
}

const beat = (phase: HeartbeatPhase) =>
  shot(async (worker) => {
    const heartbeat = worker.heartbeat(phase);
    await (heartbeat[phase] as (run: () => unknown) => Promise<unknown>)(() => client[phase]());
    return heartbeat.traceId;
  });

const held = <R>(act: (job: Job) => Promise<R>) =>
  shot((worker) => {
    const job = worker.job();
    if (job === undefined) throw new Error("no job is held");
    return act(job);
  });

const rowValue = (rows: readonly Row[], metric: string, reason?: string): number | undefined =>
  rows.find((row) => row.metric === metric && (reason === undefined || row.attributes["reason"] === reason))?.value;

describe("a day whose phases are processes of their own (R2.3)", () => {
  it("is one heartbeat, one trace and one attempt, and ends complete with the gate's proof", async () => {
    service.add({ id: "J1", deliverableId: "D1" });
    const doctor = await beat("doctor");
    const touch = await beat("touch");
    const claim = await beat("claim");
    expect([touch.result, claim.result]).toEqual([doctor.result, doctor.result]);
    await held((job) => job.context(() => client.context(job.id)));
    await clock.advance(20_000);
    await held((job) => job.progress("building_artifact", () => client.progress(job.id)));
    await held((job) => job.artifact(() => artifact));
    const completed = await held(async (job) => {
      if (job.verifiedArtifact === undefined) throw new Error("nothing is verified");
      await job.complete(job.verifiedArtifact, () => client.complete(job.id));
      return job.state;
    });
    expect(completed.result).toBe("completed");
    expect(service.state("J1")).toBe("completed");
    const traces = new Set(spans.spans.map((span) => span.traceId));
    expect([...traces]).toEqual([doctor.result]);
    const keys = new Set(
      completed.rows.filter((row) => row.attributes["job.id"]).map((row) => row.attributes["trace.id"]),
    );
    expect([...keys]).toEqual([doctor.result]);
    expect(rowValue(completed.rows, "claimSettledAt")).toBeGreaterThan(0);
    expect(rowValue(completed.rows, "claimArtifactVerifiedAt")).toBeGreaterThan(0);
    expect((await shot((worker) => worker.job())).result).toBeUndefined();
    expect(JSON.stringify(journal.records({ limit: 1_000 }))).not.toContain("s3cret");
    expect(journal.records({ kind: "worker_heartbeat" }).map(({ data }) => data)).toMatchObject([
      { doctor_ok: true, touch_ok: true, claim_ok: true, current_job_id: "J1", status: "job" },
    ]);
    expect(journal.records({ kind: "worker_run" }).map(({ data }) => `${data["phase"]}:${data["status"]}`)).toEqual(
      ["doctor", "touch", "claim", "context", "progress", "artifact", "complete"].flatMap((phase) => [
        `${phase}:started`,
        `${phase}:ok`,
      ]),
    );
  });

  it("R5.1: has nothing to complete with before the gate has passed, also after a restart", async () => {
    service.add({ id: "J1" });
    await beat("claim");
    const { result } = await held(async (job) => job.verifiedArtifact);
    expect(result).toBeUndefined();
  });

  it("counts claims over all processes, from one start", async () => {
    const starts = new Set<number | undefined>();
    for (let claims = 1; claims <= 4; claims += 1) {
      const { rows } = await beat("claim");
      const row = rows.find(
        (found) => found.metric === "claims" && found.attributes["worker.claim.outcome"] === "no_job",
      );
      expect(row?.value).toBe(claims);
      starts.add(row?.startMillis);
      await clock.advance(600_000);
    }
    expect(starts.size).toBe(1);
  });

  it("R4.8: keeps the no-job streak, one for each heartbeat", async () => {
    for (const streak of [1, 2, 3]) {
      const { rows } = await beat("claim");
      expect(rowValue(rows, "noJobStreak")).toBe(streak);
    }
  });

  it("begins a new heartbeat with a second doctor, and with a claim after a claim", async () => {
    const traces = [];
    for (const phase of ["doctor", "claim", "claim", "doctor", "doctor", "touch", "touch"] as const)
      traces.push((await beat(phase)).result);
    const [first, second, third, fourth, fifth, sixth, seventh] = traces;
    expect(second).toBe(first);
    expect(sixth).toBe(fifth);
    expect(new Set([first, third, fourth, fifth, seventh]).size).toBe(5);
  });

  it("R2, scenario 15: refuses a second claim before its command runs, also in another process, until the lease is over", async () => {
    service.add({ id: "J1" });
    service.add({ id: "J2" });
    const { result: trace } = await beat("claim");
    await expect(beat("claim")).rejects.toMatchObject({ code: "second_primary_job" });
    expect(service.calls("claim")).toBe(1);
    expect((await beat("doctor")).result).toBe(trace);
    await clock.advance(901_000);
    const { rows, result } = await beat("claim");
    expect(result).not.toBe(trace);
    expect(rows.filter((row) => row.metric === "claimIncidents").map((row) => row.attributes)).toContainEqual(
      expect.objectContaining({ "job.id": "J1", "trace.id": trace, kind: "artifact_missing", reason: "attempt_ended" }),
    );
  });

  it("closes in one process what another had opened", async () => {
    service.fault("doctor", { result: { ok: false } });
    const { rows: failed } = await beat("doctor");
    expect(rowValue(failed, "claimIncidents", "doctor")).toBe(1);
    const { rows: passed } = await beat("doctor");
    expect(rowValue(passed, "claimIncidentsCleared", "doctor")).toBe(1);
    expect(rowValue((await beat("doctor")).rows, "claimIncidents", "doctor")).toBeUndefined();
  });

  it("counts an attempt's incidents on top of another process's, and closes them", async () => {
    service.add({ id: "J1" });
    await beat("claim");
    for (const count of [1, 2]) {
      const { rows } = await held((job) => job.phase("build", () => Promise.reject(new Error("no"))).catch(() => {}));
      expect(rowValue(rows, "claimIncidents", "build")).toBe(count);
    }
    const { rows } = await held((job) => job.phase("build", () => undefined));
    expect(rowValue(rows, "claimIncidentsCleared", "build")).toBe(2);
  });

  it("sees what another process does at the same time: a renewed lease, and a settlement", async () => {
    service.add({ id: "J1" });
    await beat("claim");
    const long = open();
    const job = long.job();
    await clock.advance(400_000);
    const renewing = open({ helper: { renew: (renewed: Job) => client.progress(renewed.id) } });
    renewing.job();
    await clock.advance(200_000);
    await held((other) => other.progress("building_artifact", () => client.progress(other.id)));
    renewing.close();
    const lease = long.rows.rows(clock.now()).find((row) => row.metric === "claimLeaseExpiresAt");
    expect(lease?.value).toBeGreaterThan(clock.now() / 1_000 + 600);
    await held((other) => other.release("enough", () => client.release(other.id)));
    for (const metric of ["claimSettledAt", "claimReleasedAt"])
      expect(long.rows.rows(clock.now()).some((row) => row.metric === metric)).toBe(true);
    expect(job?.signal.reason).toMatchObject({ code: "job_settled" });
    long.close();
  });

  it("tells again what no receiver has acknowledged, once", async () => {
    service.add({ id: "J1" });
    await beat("claim");
    await shot((worker) => worker.job()?.release("done", () => client.release("J1")), { delivered: false });
    await clock.advance(600_000);
    const { rows } = await beat("doctor");
    expect(rowValue(rows, "claimSettledAt")).toBeGreaterThan(0);
    expect(rowValue((await beat("touch")).rows, "claimSettledAt")).toBeUndefined();
  });

  it("R6.4: a job whose lease ran out between two processes can be given back, and not worked on", async () => {
    service.add({ id: "J1" });
    await beat("claim");
    await clock.advance(901_000);
    const { result } = await held(async (job) => {
      let ran = false;
      const context = await job.context(() => {
        ran = true;
        return client.context(job.id);
      });
      return { context, ran, aborted: job.signal.aborted, released: await job.release("late", () => ({ ok: true })) };
    });
    expect(result).toMatchObject({ context: undefined, aborted: true, released: true });
  });

  it("names a job that is not the one that is held", async () => {
    service.add({ id: "J1" });
    await beat("claim");
    await expect(shot((worker) => worker.job("J7"))).rejects.toThrow(/does not hold job J7; it holds J1/);
  });

  it("refuses a journal that does not outlive the process", () => {
    expect(() => openOneShotWorker({ worker: { id: "w", pool: "p" }, journal: memoryJournal() })).toThrow(
      /journal lives in this process alone/,
    );
  });
});

describe("a process that is killed (kill -9)", () => {
  it.each(["build", "render"])("in %s: the next one knows the phase, and goes on", async (phase) => {
    service.add({ id: "J1" });
    await beat("claim");
    const killed = open();
    // What ends the call is the end of this test's own process, and of no interest then.
    killed
      .job()
      ?.phase(phase, () => new Promise(() => {}))
      .catch(() => {});
    await clock.advance(0);
    // Nothing of the killed process runs any more; its timers die with it.
    const runs = journal.records({ kind: "worker_run", jobId: "J1" });
    expect(runs.at(-1)?.data).toMatchObject({
      phase,
      status: "started",
      ended: null,
    });
    await held((job) => job.artifact(() => artifact));
    const { rows } = await held((job) =>
      job.complete(job.verifiedArtifact as NonNullable<typeof job.verifiedArtifact>, () => client.complete(job.id)),
    );
    expect(rowValue(rows, "claimSettledAt")).toBeGreaterThan(0);
    expect(rows.filter((row) => row.metric === "claimStartedAt")).toHaveLength(1);
    killed.close();
  });
});
