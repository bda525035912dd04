/** What becomes of a complete whose answer is lost, rejected or late: read before retried, and never told as ok without proof (R6, R6.1, R6.2). */
import { afterEach, describe, expect, it } from "vitest";
import type { Job } from "../src/index.ts";
import { day, type WorkerBench, type WorkerBenchOptions, workerBench } from "./worker-bench.ts";

let bench: WorkerBench;
afterEach(() => bench.close());

async function start(options: WorkerBenchOptions = {}): Promise<WorkerBench> {
  bench = await workerBench(options);
  bench.service.add({ id: "J1", deliverableId: "D1", artifactKinds: [] });
  return bench;
}

const lost = { losesAnswer: new TypeError("fetch failed") };
const down = { throws: new TypeError("fetch failed") };

function outcomes(): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(bench.rows()).filter(([row]) => row.startsWith("claimIncidents{") || row === "claimSettledAt"),
  );
}

function audit(): readonly (readonly unknown[])[] {
  return bench.journal
    .records({ kind: "repair_action" })
    .map(({ data }) => [data["trigger"], data["action"], data["reason"], data["result"]]);
}

describe("R6: a complete whose answer was lost, where the job's state can be read", () => {
  it("is done once: the state says completed, and nothing is sent again", async () => {
    const { service, watchdog, through } = await start({ reads: true });
    service.fault("complete", lost);
    const job = await through(watchdog.heartbeat((beat) => day(bench, beat)));
    expect(job?.state).toBe("completed");
    expect([service.calls("complete"), service.calls("read"), service.state("J1")]).toEqual([1, 1, "completed"]);
    expect(Object.keys(outcomes())).toEqual(["claimSettledAt"]);
    expect(audit()).toEqual([
      ["complete_unknown", "read_job_state", "job_completed", "success"],
      ["worker_step", "complete", null, "success"],
    ]);
  });

  it("gives undefined then, for there is no answer to give", async () => {
    const { service, watchdog, through } = await start({ reads: true });
    service.fault("complete", lost);
    const answers: unknown[] = [];
    await through(
      watchdog.heartbeat(async (beat) => {
        const job = (await beat.claim(() => bench.client.claim())) as Job;
        const artifact = await job.artifact(() => bench.artifact);
        answers.push(await job.complete(artifact, () => bench.client.complete("J1")));
      }),
    );
    expect(answers).toEqual([undefined]);
  });

  it("is sent once more where the state says that it is still running", async () => {
    const { service, watchdog, through } = await start({ reads: true });
    service.fault("complete", down);
    const job = await through(watchdog.heartbeat((beat) => day(bench, beat)));
    expect(job?.state).toBe("completed");
    expect([service.calls("complete"), service.calls("read")]).toEqual([2, 1]);
    expect(audit()).toEqual([
      ["complete_unknown", "read_job_state", "job_running", "success"],
      ["transport", "retouch_worker", "fetch_failed", "success"],
      ["worker_step", "complete", null, "success"],
    ]);
  });

  it("is read again where the retry's answer is lost too", async () => {
    const { service, watchdog, through } = await start({ reads: true });
    service.fault("complete", down);
    service.fault("complete", lost);
    const job = await through(watchdog.heartbeat((beat) => day(bench, beat)));
    expect(job?.state).toBe("completed");
    expect([service.calls("complete"), service.calls("read")]).toEqual([2, 2]);
  });

  it("is unknown (alert 20) where two tries and the state say nothing", async () => {
    const { service, watchdog, through } = await start({ reads: true });
    service.fault("complete", lost, 2);
    service.fault("read", down, 2);
    await expect(through(watchdog.heartbeat((beat) => day(bench, beat)))).rejects.toMatchObject({
      code: "complete_unknown",
      message: expect.stringContaining("The finished work is kept"),
    });
    expect(outcomes()).toEqual({ "claimIncidents{complete_unknown,transport}": 1 });
  });

  it("is alert 20, not 3, where the state says that there is no such job", async () => {
    const { service, watchdog, through } = await start({ reads: true });
    service.fault("complete", down);
    service.fault("read", { result: { ok: false, error: "job_not_found" } });
    await expect(through(watchdog.heartbeat((beat) => day(bench, beat)))).rejects.toMatchObject({
      code: "complete_unknown",
      reason: "not_found_on_retry",
    });
    expect(service.calls("complete")).toBe(1);
    expect(outcomes()).toEqual({ "claimIncidents{complete_unknown,not_found_on_retry}": 1 });
  });

  it.each([
    ["completed by another worker", { ok: true, status: "completed", completed_by: "w2" }],
    ["held by another worker", { ok: true, status: "running", held_by: "w2" }],
    ["pending again", { ok: true, status: "pending" }],
  ])("is lost, and not sent again, where the job is %s", async (_, result) => {
    const { service, watchdog, through } = await start({ reads: true });
    service.fault("complete", down);
    service.fault("read", { result });
    await expect(through(watchdog.heartbeat((beat) => day(bench, beat)))).rejects.toMatchObject({ code: "lease_lost" });
    expect(service.calls("complete")).toBe(1);
    expect(outcomes()).toEqual({ "claimIncidents{lease_lost,taken_over}": 1 });
  });

  it("is not ok by the state's word once the lease has run out, and be it in the machine's sleep", async () => {
    const { service, watchdog, clock, through } = await start({ reads: true, renews: false });
    service.fault("complete", lost);
    const sleep = (resolve: () => void): void => {
      clock.stepWallClock(3_600_000);
      resolve();
    };
    service.fault("read", { answersAfter: new Promise((resolve) => clock.after(5_000, () => sleep(resolve))) });
    await expect(through(watchdog.heartbeat((beat) => day(bench, beat)))).rejects.toMatchObject({ code: "lease_lost" });
    expect(service.state("J1")).toBe("completed");
    expect(outcomes()).not.toHaveProperty("claimSettledAt");
  });
});

describe("R6: a complete whose answer was lost, without a way to read the job", () => {
  it("a retry that finds it completed already is ok: this attempt's gate has passed", async () => {
    const { service, watchdog, through } = await start();
    service.fault("complete", lost);
    service.fault("complete", { result: { ok: false, error: "already_completed" } });
    const job = await through(watchdog.heartbeat((beat) => day(bench, beat)));
    expect(job?.state).toBe("completed");
    expect(Object.keys(outcomes())).toEqual(["claimSettledAt"]);
  });

  it("a first try that finds it completed already is a rejection: somebody else has done it", async () => {
    const { service, watchdog, through } = await start();
    service.fault("complete", { result: { ok: false, error: "already_completed" } });
    await expect(through(watchdog.heartbeat((beat) => day(bench, beat)))).rejects.toMatchObject({
      code: "complete_rejected",
    });
    expect(outcomes()).toEqual({ "claimIncidents{complete_rejected,other}": 1 });
  });

  it("nor is it ok on the retry with an added kind: no answer was lost", async () => {
    const { service, watchdog, through } = await start();
    service.fault("complete", { result: { ok: false, error: "missing_artifact_kind", missing_kinds: ["video"] } });
    service.fault("complete", { result: { ok: false, error: "already_completed" } });
    await expect(through(watchdog.heartbeat((beat) => day(bench, beat)))).rejects.toMatchObject({
      code: "complete_rejected",
    });
  });

  it("a retry that finds the lease gone is unknown, not rejected: the first try may have ended it", async () => {
    const { service, watchdog, through } = await start();
    service.fault("complete", lost);
    await expect(through(watchdog.heartbeat((beat) => day(bench, beat)))).rejects.toMatchObject({
      code: "complete_unknown",
    });
    expect(outcomes()).toMatchObject({ "claimIncidents{complete_unknown,transport}": 1 });
    expect(outcomes()).not.toHaveProperty("claimIncidents{complete_rejected,lease_lost}");
  });

  it("a retry is not made within the safety margin of the lease's end (R6.4)", async () => {
    const { service, watchdog, clock } = await start({ leaseSeconds: 100, renews: false });
    service.fault("complete", { hangs: true });
    let thrown: unknown;
    const beat = watchdog
      .heartbeat(async (it) => {
        const job = (await it.claim(() => bench.client.claim())) as Job;
        const artifact = await job.artifact(() => bench.artifact);
        await clock.advance((job.leaseRemainingSeconds() - 42) * 1_000);
        await job.complete(artifact, () => bench.client.complete("J1"));
      })
      .catch((error: unknown) => {
        thrown = error;
      });
    await bench.through(beat);
    expect(service.calls("complete")).toBe(1);
    expect(thrown).toMatchObject({ code: "lease_lost" });
  });
});

describe("R6: a rejected complete", () => {
  it("for the lease is alert 2, and ends the job's signal: it is another worker's", async () => {
    const { service, watchdog } = await start();
    await watchdog.heartbeat(async (beat) => {
      const job = (await beat.claim(() => bench.client.claim())) as Job;
      const artifact = await job.artifact(() => bench.artifact);
      service.take("J1", "w2");
      await expect(job.complete(artifact, () => bench.client.complete("J1"))).rejects.toMatchObject({
        code: "complete_rejected",
        reason: "lease_lost",
      });
      expect(job.signal.reason).toMatchObject({ code: "lease_lost", reason: "taken_over" });
    });
    expect(outcomes()).toMatchObject({ "claimIncidents{complete_rejected,lease_lost}": 1 });
  });

  it("for a missing kind is repaired once an attempt, however often complete is called", async () => {
    const { service, watchdog, through } = await start();
    const missing = { result: { ok: false, error: "missing_artifact_kind", missing_kinds: ["video"] } };
    service.fault("complete", missing, 4);
    await through(
      watchdog.heartbeat(async (beat) => {
        const job = (await beat.claim(() => bench.client.claim())) as Job;
        const artifact = await job.artifact(() => bench.artifact);
        for (const _ of [1, 2])
          await expect(job.complete(artifact, () => bench.client.complete("J1"))).rejects.toMatchObject({
            code: "complete_rejected",
          });
      }),
    );
    expect(service.calls("complete")).toBe(3);
  });

  it.each([
    ["retouch_worker", down, "transport", "complete_unknown,transport"],
    [
      "complete_with_required_artifacts",
      { result: { ok: false, error: "missing_artifact_kind", missing_kinds: ["video"] } },
      "missing_artifact_kind",
      "complete_rejected,missing_artifact_kind",
    ],
  ] as const)(
    "is not repaired where the policy does not allow %s, and that is alert 15",
    async (action, fault, trigger, incident) => {
      const allowed = (["retouch_worker", "complete_with_required_artifacts"] as const).filter(
        (other) => other !== action,
      );
      const { service, watchdog, through } = await start({ policy: { self_heal: { allowed } } });
      service.fault("complete", fault);
      await expect(through(watchdog.heartbeat((beat) => day(bench, beat)))).rejects.toThrow();
      expect(service.calls("complete")).toBe(1);
      expect(outcomes()).toEqual({
        [`claimIncidents{repair_exhausted,${trigger}}`]: 1,
        [`claimIncidents{${incident}}`]: 1,
      });
    },
  );
});

describe("R6.2: each retry, complete and release leaves an audit record", () => {
  it("with old and new state, actor, authority and the hash of what came back", async () => {
    const { watchdog, through } = await start();
    await through(watchdog.heartbeat((beat) => day(bench, beat)));
    const [record] = bench.journal.records({ kind: "repair_action" });
    expect(record?.data).toEqual({
      trigger: "worker_step",
      action: "complete",
      phase: "complete",
      old_state: "running",
      new_state: "completed",
      actor: "worker",
      authority: "worker",
      reason: null,
      class: null,
      output_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      evidence_ref: expect.stringMatching(/^attempt:[0-9a-f]{32}$/),
      result: "success",
    });
  });

  it("a context's retry", async () => {
    const { service, watchdog, through } = await start();
    service.fault("context", down);
    await through(watchdog.heartbeat((beat) => day(bench, beat)));
    expect(audit()[0]).toEqual(["transport", "retouch_worker", "fetch_failed", "success"]);
  });

  it("a gate that does not pass: complete stays blocked, and the check is a record (R5.3)", async () => {
    const { watchdog, through } = await start();
    await through(
      watchdog.heartbeat(async (beat) => {
        const job = (await beat.claim(() => bench.client.claim())) as Job;
        const gone = {
          ...bench.artifact,
          url: `${bench.artifact.url}/gone?signature=s3cret`.replace("report.html/", ""),
        };
        await expect(job.artifact(() => gone)).rejects.toMatchObject({
          code: "artifact_refused",
          reason: "http_status",
        });
        await job.artifact(() => bench.artifact);
      }),
    );
    expect(audit()[0]).toEqual(["gate_failure", "block_complete", "http_status", "success"]);
    const checks = bench.journal.records({ kind: "artifact_check" }).map(({ data }) => data);
    expect(checks).toEqual([
      expect.objectContaining({ http_status: 404, passed: false, reason: "http_status" }),
      expect.objectContaining({ http_status: 200, passed: true, reason: null, file_count: 1 }),
    ]);
    expect(JSON.stringify(checks)).not.toContain("s3cret");
  });

  it("a release, and one that the queue did not acknowledge", async () => {
    const { service, watchdog } = await start();
    service.fault("release", down);
    await watchdog.heartbeat(async (beat) => {
      const job = await beat.claim(() => bench.client.claim());
      await job?.release("too big", () => bench.client.release("J1"));
      await job?.release("too big", () => bench.client.release("J1"));
    });
    expect(audit()).toEqual([
      ["worker_step", "release", "fetch_failed", "failed"],
      ["worker_step", "release", null, "success"],
    ]);
  });

  it("the lease's margin is on the complete span", async () => {
    const { watchdog, spans, clock, through } = await start({ leaseSeconds: 900, renews: false });
    await through(
      watchdog.heartbeat(async (beat) => {
        const job = (await beat.claim(() => bench.client.claim())) as Job;
        const artifact = await job.artifact(() => bench.artifact);
        await clock.advance(job.leaseRemainingSeconds() * 1_000 - 77_000);
        await job.complete(artifact, () => bench.client.complete("J1"));
      }),
      0,
    );
    expect(spans.named("worker.complete")[0]?.attributes["worker.lease.remaining_seconds"]).toBe(77);
  });
});
