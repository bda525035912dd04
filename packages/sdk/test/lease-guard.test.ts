/** The lease guard: queue time, sleeping machines, risk, takeover, and finished work (R4.6, R4.9, R6.4, R6.5). */
import { afterEach, describe, expect, it } from "vitest";
import { finishedWork, type Job, jsonResult } from "../src/index.ts";
import { day, type WorkerBench, type WorkerBenchOptions, workerBench } from "./worker-bench.ts";

let bench: WorkerBench;
afterEach(() => bench.close());

async function start(options: WorkerBenchOptions = {}): Promise<WorkerBench> {
  bench = await workerBench(options);
  bench.service.add({ id: "J1", deliverableId: "D1" });
  return bench;
}

/** Claims, then runs `work` with the job held. */
async function holding(work: (job: Job) => Promise<unknown>): Promise<void> {
  await bench.watchdog.heartbeat(async (beat) => {
    const job = await beat.claim(() => bench.client.claim());
    if (job === undefined) throw new Error("no job");
    await bench.clock.advance(0);
    await work(job);
  });
}

function leaseRecords(): readonly unknown[] {
  return bench.journal.records({ kind: "job_lease" }).map(({ data }) => data["risk"]);
}

function named(name: string): readonly Readonly<Record<string, unknown>>[] {
  return bench.journal.events.filter((event) => event.name === name).map((event) => event.data);
}

describe("R4.6: lease time is the queue's", () => {
  it("counts from the Date of the claim's response where the queue states no time", async () => {
    await start();
    const ahead = bench.clock.now() + 120_000;
    const body = { ok: true, job: { id: "J1", lease_expires_at: ahead / 1_000 + 900 } };
    const headers = { date: new Date(ahead).toUTCString() };
    await bench.watchdog.heartbeat(async (beat) => {
      const job = await beat.claim(() => jsonResult(new Response(JSON.stringify(body), { headers })));
      // A second less than granted: the Date is cut to the second.
      expect(job?.leaseRemainingSeconds()).toBe(899);
    });
    expect(bench.rows()["clockOffset"]).toBe(-120.5);
  });

  it.each([
    [31, 1],
    [30, 0],
    [-31, 1],
    [-30, 0],
  ])("a clock that is %i s off the queue's is named %i times in two claims", async (seconds, times) => {
    const { rows, watchdog } = await start({ clockOffsetSeconds: -seconds });
    for (const _ of [1, 2]) await watchdog.heartbeat((beat) => beat.claim(() => bench.client.claim()));
    expect(rows()["clockOffset"]).toBeCloseTo(seconds, 6);
    expect(named("worker.clock.off")).toHaveLength(times);
  });

  it("the threshold is the policy's", async () => {
    const { watchdog } = await start({
      clockOffsetSeconds: 6,
      policy: { thresholds: { clock_offset_warn_seconds: 5 } },
    });
    await watchdog.heartbeat((beat) => beat.claim(() => bench.client.claim()));
    expect(named("worker.clock.off")).toEqual([{ offset_seconds: -6, uncertain_seconds: 0 }]);
  });
});

describe("R4.6: the shortest keep-alive that a policy may have", () => {
  it.each([0, 3])("a healthy worker never comes below the warning, with %i renewals that fail", async (failures) => {
    const { clock, service } = await start({
      leaseSeconds: 60,
      policy: {
        thresholds: {
          lease_remaining_minutes_warn: 0.15,
          lease_keepalive_minutes: 0.3,
          lease_emergency_minutes: 0.1,
          artifact_missing_lease_minutes: 0.1,
          complete_safety_margin_seconds: 2,
        },
        severities: { high: { group_wait_seconds: 1 } },
        pipeline: { export_interval_seconds: 1, rule_interval_seconds: 1 },
      },
    });
    await holding(async (job) => {
      service.fault("progress", { throws: new TypeError("fetch failed") }, failures);
      let least = Number.POSITIVE_INFINITY;
      for (let second = 0; second < 300; second += 1) {
        await clock.advance(1_000);
        job.progressed();
        least = Math.min(least, job.leaseRemainingSeconds());
      }
      expect(least).toBeGreaterThanOrEqual(9);
    });
  });
});

describe("R4.6: sleeping machines and clock steps", () => {
  it("a machine that slept through its lease asks the queue, and stops when somebody else has the job", async () => {
    const { clock, service } = await start({ leaseSeconds: 900 });
    await holding(async (job) => {
      clock.stepWallClock(1_200_000);
      await service.client("w2").claim();
      expect(job.leaseRemainingSeconds()).toBe(-300);
      await clock.advance(10_001);
      expect(job.signal.aborted).toBe(true);
      expect(job.signal.reason).toMatchObject({ code: "lease_lost", reason: "taken_over" });
    });
    expect(service.calls("progress")).toBe(1);
  });

  it("a clock set ahead costs one renewal, not the job", async () => {
    const { clock, service } = await start({ leaseSeconds: 900 });
    await holding(async (job) => {
      const queueTime = clock.now() / 1_000 + 10;
      const granted = { ok: true, status: "running", server_time: queueTime, lease_expires_at: queueTime + 900 };
      service.fault("progress", { result: granted });
      clock.stepWallClock(3_600_000);
      await clock.advance(10_001);
      expect(job.signal.aborted).toBe(false);
      expect(job.leaseRemainingSeconds()).toBeGreaterThan(880);
    });
    expect(service.calls("progress")).toBe(1);
  });

  it("completes nothing while the lease is in doubt", async () => {
    const { clock } = await start({ leaseSeconds: 900 });
    await holding(async (job) => {
      const artifact = await job.artifact(() => bench.artifact);
      clock.stepWallClock(1_200_000);
      await expect(job.complete(artifact, () => bench.client.complete("J1"))).rejects.toMatchObject({
        code: "lease_lost",
      });
    });
    expect(bench.service.calls("complete")).toBe(0);
  });

  it("without a way to renew, a sleep past the expiry is the end", async () => {
    const { clock } = await start({ leaseSeconds: 900, renews: false });
    await holding(async (job) => {
      clock.stepWallClock(1_200_000);
      await clock.advance(10_001);
      expect(job.signal.reason).toMatchObject({ code: "lease_lost", reason: "expired" });
    });
  });

  it("a clock set back an hour changes nothing", async () => {
    const { clock } = await start({ leaseSeconds: 900 });
    await holding(async (job) => {
      clock.stepWallClock(-3_600_000);
      await clock.advance(60_000);
      expect(job.leaseRemainingSeconds()).toBe(840);
      expect(job.signal.aborted).toBe(false);
    });
  });

  it("a machine that sleeps in the middle of a renewal is not misled by its answer", async () => {
    const { clock, service } = await start({ leaseSeconds: 900 });
    await holding(async (job) => {
      let answer: () => void = () => {};
      service.fault("progress", {
        answersAfter: new Promise((resolve) => {
          answer = resolve;
        }),
      });
      await clock.advance(485_000);
      clock.stepWallClock(1_000_000);
      answer();
      await clock.advance(1);
      expect(job.leaseRemainingSeconds()).toBeLessThan(0);
    });
  });
});

describe("R6.5: the risk of a lease", () => {
  it("is a record and an event at each change", async () => {
    const { clock } = await start({ leaseSeconds: 900, renews: false });
    await holding(async (job) => {
      expect(job.leaseRisk).toBe("normal");
      for (const [seconds, risk] of [
        [600, "normal"],
        [1, "near_expiry"],
        [298, "near_expiry"],
        [2, "expired"],
        [58, "expired"],
        [2, "stale"],
      ] as const) {
        await clock.advance(seconds * 1_000);
        expect(job.leaseRisk).toBe(risk);
      }
    });
    expect(leaseRecords()).toEqual(["normal", "near_expiry", "expired", "stale"]);
    expect(named("worker.lease.risk").map(({ risk, before }) => [before, risk])).toEqual([
      ["normal", "near_expiry"],
      ["near_expiry", "expired"],
      ["expired", "stale"],
    ]);
  });

  it("each renewal is a record too", async () => {
    const { clock } = await start({ leaseSeconds: 900 });
    await holding(() => clock.advance(600_000));
    const expiries = bench.journal.records({ kind: "job_lease" }).map(({ data }) => data["lease_expires_at"]);
    expect(expiries).toHaveLength(2);
    expect(expiries[1]).toBeGreaterThan(expiries[0] as number);
  });

  it("R6: a stale lease is put to the supervisor once, and nothing is released", async () => {
    const { clock, service } = await start({ leaseSeconds: 900, renews: false });
    await holding(() => clock.advance(3_600_000));
    const proposals = bench.journal
      .records({ kind: "repair_action" })
      .filter(({ data }) => data["trigger"] === "lease_expired");
    expect(proposals.map(({ data }) => data)).toEqual([
      expect.objectContaining({
        action: "force_release_running_job",
        authority: "supervisor",
        result: "needs_human",
        class: "lease_expiry",
      }),
    ]);
    expect(service.calls("release")).toBe(0);
    expect(named("worker.escalation.sent").map(({ trigger }) => trigger)).toContain("lease_expired");
    expect(Object.keys(bench.rows()).some((row) => row.includes("repair_exhausted"))).toBe(false);
  });

  it("R6: a job left held is watched until it is stale, also after its heartbeat", async () => {
    const { clock } = await start({ leaseSeconds: 900 });
    await holding(async () => undefined);
    await clock.advance(899_000);
    expect(leaseRecords().at(-1)).toBe("near_expiry");
    await clock.advance(62_000);
    expect(leaseRecords().at(-1)).toBe("stale");
    expect(bench.service.calls("progress")).toBe(0);
    const { timers } = clock;
    await clock.advance(3_600_000);
    expect(clock.timers).toBe(timers - 0);
  });

  it("R6: an attempt that was left is not watched on once the worker has claimed the job anew", async () => {
    const { clock, service, watchdog, through } = await start({ leaseSeconds: 900, renews: false });
    await holding(async () => undefined);
    service.remove("J1");
    service.add({ id: "J1", deliverableId: "D1" });
    await clock.advance(890_000);
    await holding(() => clock.advance(300_000));
    const stale = bench.journal.records({ kind: "job_lease" }).filter(({ data }) => data["risk"] === "stale");
    expect(stale).toEqual([]);
    expect((await through(watchdog.stop())).heldJobs).toEqual(["J1"]);
  });

  it("R6: a job that makes no progress is put to the supervisor once, with what is known of it", async () => {
    const { clock } = await start({ leaseSeconds: 3_000 });
    await holding(() => clock.advance(2_000_000));
    const proposals = bench.journal
      .records({ kind: "repair_action" })
      .filter(({ data }) => data["trigger"] === "queue_stuck");
    expect(proposals.map(({ data }) => data)).toEqual([
      expect.objectContaining({ action: "supervisor_review", result: "needs_human", class: "no_progress" }),
    ]);
    expect(named("worker.escalation.sent")[0]).toMatchObject({
      worker_role: "builder",
      worker_pool: "p",
      deliverable_id: "D1",
      last_phase: "claim",
    });
  });
});

describe("R4.9: another worker takes the job over", () => {
  it("the renewal's refusal aborts the job at once, and is an incident", async () => {
    const { clock, service, rows } = await start({ leaseSeconds: 900 });
    await holding(async (job) => {
      service.take("J1", "w2");
      await clock.advance(485_000);
      expect(job.signal.reason).toMatchObject({ code: "lease_lost", reason: "taken_over" });
      expect(job.stuckReason).toBe("lease_lost");
      expect(job.leaseRemainingSeconds()).toBeGreaterThan(300);
    });
    expect(rows()["claimIncidents{lease_lost,taken_over}"]).toBe(1);
    expect(service.calls("progress")).toBe(1);
  });

  it("what is published then is no refused artifact: the loss is thrown again", async () => {
    const { clock, service, rows } = await start({ leaseSeconds: 900 });
    await holding(async (job) => {
      service.take("J1", "w2");
      await clock.advance(485_000);
      await expect(job.artifact(() => bench.artifact)).rejects.toMatchObject({ code: "lease_lost" });
    });
    expect(named("worker.artifact.refused")).toEqual([]);
    expect(Object.keys(rows()).some((row) => row.includes("artifact_missing"))).toBe(false);
  });

  it("no artifact is missing from the worker that lost it, and a worker that stops then signs off", async () => {
    const { clock, service, rows, watchdog, through } = await start({ leaseSeconds: 900 });
    await holding(async () => {
      service.take("J1", "w2");
      await clock.advance(485_000);
    });
    expect(Object.keys(rows()).filter((row) => row.startsWith("claimIncidents{"))).toEqual([
      "claimIncidents{lease_lost,taken_over}",
    ]);
    expect(await through(watchdog.stop())).toEqual({ heldJobs: [], releasedJobs: [] });
    expect(rows()["stoppedAt"]).toBeGreaterThan(0);
  });

  it.each([
    ["context", { ok: false, error: "lease_lost" }],
    ["progress", { ok: false, error: "taken_over" }],
    ["progress", { ok: false, http_status: 409 }],
  ] as const)("a refused %s with %j does the same, and is no failed phase", async (phase, result) => {
    const { service, rows } = await start();
    service.fault(phase, { result });
    await holding(async (job) => {
      if (phase === "context") await job.context(() => bench.client.context("J1"));
      else await job.progress("building_artifact", () => bench.client.progress("J1"));
      expect(job.signal.reason).toMatchObject({ code: "lease_lost", reason: "taken_over" });
    });
    expect(rows()["claimIncidents{lease_lost,taken_over}"]).toBe(1);
    expect(Object.keys(rows()).some((row) => row.includes("phase_failed"))).toBe(false);
    expect(service.calls(phase)).toBe(1);
  });

  it("a lease that ran out with the worker alive is an incident, once", async () => {
    const { clock, rows } = await start({ leaseSeconds: 300, renews: false });
    await holding(() => clock.advance(301_000));
    expect(rows()["claimIncidents{lease_lost,expired}"]).toBe(1);
  });
});

describe("R6.4: finished work is kept with its evidence", () => {
  it("of a complete within the safety margin: the message and a record say where it is, and the next worker finds it", async () => {
    const { clock, journal } = await start({ leaseSeconds: 300, renews: false });
    await holding(async (job) => {
      const artifact = await job.artifact(() => ({ ...bench.artifact, url: `${bench.artifact.url}?signature=s3cret` }));
      await clock.advance(295_000);
      await expect(job.complete(artifact, () => bench.client.complete("J1"))).rejects.toThrow(
        `The finished work is kept: ${bench.artifact.url} (check ${artifact.checkId}`,
      );
      expect(finishedWork(journal, "J1")).toEqual({
        attemptId: job.traceId,
        workerId: "w1",
        checkId: artifact.checkId,
        url: bench.artifact.url,
        filesUrl: bench.artifact.filesUrl,
        fileCount: 1,
        sha256: artifact.sha256,
        checkedAt: artifact.checkedAt,
      });
    });
    await clock.advance(10_000);
    expect(named("worker.work.kept")).toHaveLength(1);
    const steps = journal.records({ kind: "repair_action" }).filter(({ data }) => data["trigger"] === "worker_step");
    expect(steps.map(({ data }) => [data["action"], data["reason"], data["result"]])).toEqual([
      ["complete", "lease_lost", "failed"],
    ]);
    await holding(async (job) => {
      expect(job.earlierWork?.url).toBe(bench.artifact.url);
    });
    expect(JSON.stringify(journal.records())).not.toContain("s3cret");
  });

  it("of a lease that ran out while the worker had a verified artifact", async () => {
    const { clock, journal } = await start({ leaseSeconds: 300, renews: false });
    await holding(async (job) => {
      await job.artifact(() => bench.artifact);
      await clock.advance(301_000);
      expect(job.signal.reason).toMatchObject({ message: expect.stringContaining("The finished work is kept") });
    });
    expect(finishedWork(journal, "J1")?.url).toBe(bench.artifact.url);
  });

  it("is gone once the job is completed, and is nothing where nothing was verified", async () => {
    const { clock, journal, watchdog, through } = await start({ leaseSeconds: 300, renews: false });
    await holding(() => clock.advance(301_000));
    expect(finishedWork(journal, "J1")).toBeUndefined();
    await holding(async (job) => {
      expect(job.earlierWork).toBeUndefined();
      await job.artifact(() => bench.artifact);
      await clock.advance(301_000);
    });
    expect(finishedWork(journal, "J1")).toBeDefined();
    await through(watchdog.heartbeat((beat) => day(bench, beat)));
    expect(finishedWork(journal, "J1")).toBeUndefined();
  });
});

describe("R6: the emergency heartbeat", () => {
  it("is one, below 3 minutes, with its audit record; when it fails the job is stuck", async () => {
    const { clock, service } = await start({ leaseSeconds: 900 });
    service.fault("progress", { throws: new TypeError("fetch failed") }, 100);
    await holding(async (job) => {
      await clock.advance(719_000);
      expect(job.state).toBe("running");
      await clock.advance(3_000);
      expect(job.stuckReason).toBe("lease_renewal_failed");
    });
    const records = bench.journal.records({ kind: "repair_action" }).map(({ data }) => data);
    expect(records.filter(({ trigger }) => trigger === "lease_emergency")).toEqual([
      expect.objectContaining({ action: "write_progress", authority: "system", result: "failed", reason: null }),
    ]);
  });

  it("an upload that the end of the lease cuts off leaves the job stuck", async () => {
    const { clock } = await start({ leaseSeconds: 300, renews: false });
    await holding(async (job) => {
      const upload = job.upload((_, { signal }) => {
        return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      });
      const cut = expect(upload).rejects.toMatchObject({ code: "lease_lost" });
      await clock.advance(301_000);
      await cut;
      expect(job.state).toBe("stuck");
      expect(job.stuckReason).toBe("lease_expired");
    });
  });

  it("is only proposed where the policy does not allow it, and says so once (alert 15)", async () => {
    const { clock, rows } = await start({ leaseSeconds: 900, policy: { self_heal: { allowed: ["retouch_worker"] } } });
    bench.service.fault("progress", { throws: new TypeError("fetch failed") }, 100);
    await holding(() => clock.advance(800_000));
    expect(rows()["claimIncidents{repair_exhausted,lease_emergency}"]).toBe(1);
  });
});
