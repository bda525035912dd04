/** A job service that fails: bounds, the one retry, leases, and what is said when nothing can be known (R4.6, R6). */
import { afterEach, describe, expect, it } from "vitest";
import type { Job } from "../src/index.ts";
import { WatchdogError } from "../src/index.ts";
import { day, type WorkerBench, type WorkerBenchOptions, workerBench } from "./worker-bench.ts";

let bench: WorkerBench;
afterEach(() => bench.close());

async function start(options: WorkerBenchOptions = {}): Promise<WorkerBench> {
  bench = await workerBench(options);
  bench.service.add({ id: "J1", deliverableId: "D1" });
  return bench;
}

const down = { throws: new TypeError("fetch failed") };
const html = { throws: new WatchdogError("response_invalid", "x", { reason: "html" }) };

function incidents(): readonly string[] {
  return Object.keys(bench.rows()).filter((row) => row.startsWith("claimIncidents{"));
}

function statuses(phase: string): readonly unknown[] {
  return bench.spans.named(`worker.${phase}`).map((span) => span.attributes["worker.phase.status"]);
}

describe("transport failures (R6)", () => {
  it.each([
    ["no connection", down],
    ["an HTML page", html],
    ["nothing for 30 s", { hangs: true as const }],
  ])(
    "context: %s is retried once after a touch, and then the job goes on from the claim's payload",
    async (_, fault) => {
      const { service, watchdog, through } = await start();
      service.fault("context", fault, 2);
      const job = await through(watchdog.heartbeat((beat) => day(bench, beat)));
      expect(service.calls("context")).toBe(2);
      expect(service.calls("touch")).toBe(2);
      expect(service.calls("progress")).toBe(0);
      expect(statuses("context")[0]).toBe("retried");
      expect(job?.state).toBe("completed");
      expect(incidents()).toEqual(["claimIncidents{phase_failed,context}"]);
      expect(bench.journal.events.find((event) => event.name === "worker.job.stuck")?.data).toEqual({
        reason: "context_failed",
      });
    },
  );

  it("context: one failure is repaired, and nobody hears of it", async () => {
    const { service, watchdog, through } = await start();
    service.fault("context", down);
    await through(watchdog.heartbeat((beat) => day(bench, beat)));
    expect(statuses("context")).toEqual(["retried", "ok"]);
    expect(incidents()).toEqual([]);
  });

  it("context: a failure that the service words itself is not retried", async () => {
    const { service, watchdog, through } = await start();
    service.fault("context", { result: { ok: false, error: "not_yours" } });
    await through(watchdog.heartbeat((beat) => day(bench, beat)));
    expect(service.calls("context")).toBe(1);
    expect(incidents()).toEqual(["claimIncidents{phase_failed,context}"]);
  });

  it("complete: a lost answer is retried once; the queue's word decides", async () => {
    const { service, watchdog, through } = await start();
    service.fault("complete", down);
    const job = await through(watchdog.heartbeat((beat) => day(bench, beat)));
    expect(job?.state).toBe("completed");
    expect(service.calls("complete")).toBe(2);
  });

  it("complete: two lost answers are unknown, never ok and never a rejection", async () => {
    const { service, watchdog, rows, through } = await start();
    service.fault("complete", { losesAnswer: new TypeError("fetch failed") }, 2);
    await expect(through(watchdog.heartbeat((beat) => day(bench, beat)))).rejects.toMatchObject({
      code: "complete_unknown",
    });
    expect(incidents()).toEqual(["claimIncidents{complete_unknown,transport}"]);
    expect(rows()).not.toHaveProperty("claimSettledAt");
  });

  it("complete: not found on the retry of a lost answer is unknown, not alert 3", async () => {
    const { service, watchdog, through } = await start();
    service.fault("complete", down);
    service.fault("complete", { result: { ok: false, error: "job_not_found" } });
    await expect(through(watchdog.heartbeat((beat) => day(bench, beat)))).rejects.toMatchObject({
      code: "complete_unknown",
    });
    expect(incidents()).toEqual(["claimIncidents{complete_unknown,not_found_on_retry}"]);
  });

  it("doctor and touch: what was returned or thrown passes through, is counted once a streak, and clears", async () => {
    const { service, watchdog, rows } = await start();
    service.fault("doctor", { result: { ok: false } }, 2);
    for (const _ of [1, 2])
      expect(await watchdog.heartbeat((beat) => beat.doctor(() => bench.client.doctor()))).toEqual({ ok: false });
    expect(rows()["claimIncidents{phase_failed,doctor}"]).toBe(2);
    service.fault("touch", { throws: "boom" });
    await expect(watchdog.heartbeat((beat) => beat.touch(() => bench.client.touch()))).rejects.toBe("boom");
    await watchdog.heartbeat((beat) => beat.doctor(() => bench.client.doctor()));
    expect(rows()).toMatchObject({
      "claimIncidentsCleared{phase_failed,doctor}": 2,
      "claimIncidents{phase_failed,touch}": 1,
    });
    expect(rows()).not.toHaveProperty("claimIncidentsCleared{phase_failed,touch}");
  });
});

describe("claims (R6, R4.8)", () => {
  it("a silent claim is aborted, the worker touched, and the claim made once more", async () => {
    const { service, watchdog, through } = await start();
    service.fault("claim", { hangs: true });
    const signals: AbortSignal[] = [];
    const job = await through(
      watchdog.heartbeat((beat) =>
        beat.claim(({ signal }) => {
          signals.push(signal);
          return bench.client.claim();
        }),
      ),
    );
    expect(job?.id).toBe("J1");
    expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
    expect(service.calls("touch")).toBe(1);
    expect(statuses("claim")).toEqual(["retried", "ok"]);
  });

  it("a silent claim's late job is used, and no second job is claimed", async () => {
    const { service, watchdog, clock, through } = await start();
    service.add({ id: "J2", deliverableId: "D1" });
    let answer: () => void = () => {};
    service.fault("claim", {
      answersAfter: new Promise((resolve) => {
        answer = resolve;
      }),
    });
    service.fault("touch", {
      answersAfter: new Promise((resolve) => {
        clock.after(30_500, () => {
          answer();
          resolve();
        });
      }),
    });
    const job = await through(watchdog.heartbeat((beat) => beat.claim(() => bench.client.claim())));
    expect(job?.id).toBe("J1");
    expect(service.calls("claim")).toBe(1);
  });

  it("two silent claims fail, and the retry is the last", async () => {
    const { service, watchdog, through } = await start();
    service.fault("claim", { hangs: true }, 3);
    await expect(through(watchdog.heartbeat((beat) => beat.claim(() => bench.client.claim())))).rejects.toMatchObject({
      code: "phase_timeout",
    });
    expect(service.calls("claim")).toBe(2);
    expect(statuses("claim")).toEqual(["retried", "stuck"]);
    expect(incidents()).toEqual(["claimIncidents{phase_failed,claim}"]);
  });

  it("R6.1: a silent claim that the policy does not let it repair is alert 15, beside alert 10", async () => {
    const { service, watchdog, through } = await start({ policy: { self_heal: { allowed: ["write_progress"] } } });
    service.fault("claim", { hangs: true });
    await expect(through(watchdog.heartbeat((beat) => beat.claim(() => bench.client.claim())))).rejects.toMatchObject({
      code: "phase_timeout",
    });
    expect(service.calls("claim")).toBe(1);
    expect(incidents()).toEqual([
      "claimIncidents{repair_exhausted,claim_silent}",
      "claimIncidents{phase_failed,claim}",
    ]);
  });

  it("R6.2: both ways that a silent claim's repair can end are in the audit", async () => {
    const { service, watchdog, journal, through } = await start();
    service.fault("claim", { hangs: true });
    await through(watchdog.heartbeat((beat) => beat.claim(() => bench.client.claim())));
    service.fault("claim", { hangs: true }, 2);
    await through(watchdog.heartbeat((beat) => beat.claim(() => bench.client.claim()))).catch(() => undefined);
    const results = journal
      .records({ kind: "repair_action" })
      .filter(({ data }) => data["trigger"] === "claim_silent")
      .map(({ data }) => [data["reason"], data["result"]]);
    expect(results).toEqual([
      ["timeout", "success"],
      ["timeout", "failed"],
    ]);
  });

  it("a job that comes after the retry got another one is told as two primary jobs", async () => {
    const { service, watchdog, clock, through } = await start();
    service.add({ id: "J2", deliverableId: "D1" });
    service.fault("claim", { answersAfter: new Promise((resolve) => clock.after(45_000, resolve)) });
    const job = await through(watchdog.heartbeat((beat) => beat.claim(() => bench.client.claim())));
    expect(job?.id).toBe("J2");
    await clock.advance(20_000);
    expect(incidents()).toContain("claimIncidents{multiple_primary_jobs,late_claim}");
  });

  it("a second claim in a heartbeat is refused before it runs, also while the first is under way", async () => {
    const { service, watchdog } = await start();
    service.add({ id: "J2", deliverableId: "D1" });
    await watchdog.heartbeat(async (beat) => {
      const [first, second] = await Promise.allSettled([
        beat.claim(() => bench.client.claim()),
        beat.claim(() => bench.client.claim()),
      ]);
      expect(first.status).toBe("fulfilled");
      expect(second).toMatchObject({ reason: { code: "second_primary_job" } });
      await expect(beat.claim(() => bench.client.claim())).rejects.toMatchObject({ code: "second_primary_job" });
    });
    expect(service.calls("claim")).toBe(1);
  });

  it.each([
    ["in the past", -10],
    ["beyond the maximum", 3_700],
  ])("a lease %s is a failed claim", async (_, leaseSeconds) => {
    const { watchdog } = await start({ leaseSeconds });
    await expect(watchdog.heartbeat((beat) => beat.claim(() => bench.client.claim()))).rejects.toMatchObject({
      code: "response_invalid",
    });
    expect(incidents()).toEqual(["claimIncidents{phase_failed,claim}"]);
  });
});

describe("leases (R4.6, R6.4)", () => {
  /** Claims, then works for `minutes`, with a sign of progress every minute where `moves`. */
  async function work(minutes: number, moves: boolean): Promise<Job | undefined> {
    let held: Job | undefined;
    await bench.watchdog.heartbeat(async (beat) => {
      held = await beat.claim(() => bench.client.claim());
      await bench.clock.advance(0);
      for (let minute = 0; minute < minutes; minute += 1) {
        await bench.clock.advance(60_000);
        if (moves && held?.state === "running") await held.phase("render", () => undefined);
      }
    });
    return held;
  }

  it("renews while the job moves: a 15-minute lease outlives an hour, and is never below the warning", async () => {
    const { rows, service } = await start({ leaseSeconds: 900 });
    const held = await work(60, true);
    expect(held?.signal.aborted).toBe(false);
    expect(service.calls("progress")).toBeGreaterThan(5);
    expect(held?.leaseRemainingSeconds()).toBeGreaterThan(300);
    expect(rows()["claimLeaseExpiresAt"]).toBeGreaterThan(bench.clock.now() / 1_000 + 300);
  });

  it("stops renewing a job that does not move, so that its lease runs out", async () => {
    const { service } = await start({ leaseSeconds: 900 });
    const held = await work(60, false);
    expect(held?.signal.aborted).toBe(true);
    expect(held?.stuckReason).toBe("no_progress");
    expect(service.calls("progress")).toBeLessThanOrEqual(2);
  });

  it("tries a failing renewal a bounded number of times, and once more in the emergency", async () => {
    const { service } = await start({ leaseSeconds: 900 });
    service.fault("progress", down, 1_000);
    const held = await work(16, true);
    expect(held?.signal.aborted).toBe(true);
    expect(held?.signal.reason).toMatchObject({ code: "lease_lost" });
    expect(service.calls("progress")).toBeGreaterThan(4);
    expect(service.calls("progress")).toBeLessThan(20);
    expect(held?.stuckReason).toBe("lease_renewal_failed");
  });

  it("recovers when a renewal passes again", async () => {
    const { service } = await start({ leaseSeconds: 900 });
    service.fault("progress", down, 2);
    const held = await work(30, true);
    expect(held?.signal.aborted).toBe(false);
    expect(held?.stuckReason).toBe("attempt_ended");
  });

  it.each([
    [420, 1],
    [421, 0],
  ])(
    "a lease of %i s is named as too short for keep-alive (7 min) %i times in two claims",
    async (leaseSeconds, times) => {
      const { service, watchdog, journal } = await start({ leaseSeconds, renews: false });
      service.add({ id: "J2", deliverableId: "D1" });
      for (const _ of [1, 2]) await watchdog.heartbeat((beat) => beat.claim(() => bench.client.claim()));
      const named = journal.events.filter((event) => event.name === "worker.lease.short");
      expect(named).toHaveLength(times);
      if (times > 0) expect(named[0]?.data).toEqual({ lease_seconds: 420, lease_keepalive_minutes: 7 });
    },
  );

  it("never renews where it was not told how", async () => {
    const { service } = await start({ leaseSeconds: 900, renews: false });
    const held = await work(16, true);
    expect(held?.signal.aborted).toBe(true);
    expect(service.calls("progress")).toBe(0);
  });

  it("ends a phase that still runs when the lease does", async () => {
    const { watchdog, clock } = await start({ leaseSeconds: 60, renews: false });
    let thrown: unknown;
    await watchdog.heartbeat(async (beat) => {
      const job = await beat.claim(() => bench.client.claim());
      const running = job
        ?.phase("render", () => new Promise(() => {}))
        .catch((error: unknown) => {
          thrown = error;
        });
      await clock.advance(61_000);
      await running;
    });
    expect(thrown).toMatchObject({ code: "lease_lost" });
    expect(statuses("render")).toEqual(["stuck"]);
  });

  it.each([
    [10, true],
    [9, false],
  ])("complete with %i s of lease left is allowed: %s (safety margin 10 s)", async (left, allowed) => {
    const { watchdog, service, clock, through } = await start({ leaseSeconds: 300, renews: false });
    const completed = through(
      watchdog.heartbeat(async (beat) => {
        const job = (await beat.claim(() => bench.client.claim())) as Job;
        const artifact = await job.artifact(() => bench.artifact);
        await clock.advance((job.leaseRemainingSeconds() - left) * 1_000);
        await job.complete(artifact, () => bench.client.complete("J1"));
      }),
      0,
    );
    if (allowed) await completed;
    else await expect(completed).rejects.toMatchObject({ code: "lease_lost" });
    expect(service.calls("complete")).toBe(allowed ? 1 : 0);
  });

  it("counts by the queue's clock", async () => {
    const { rows } = await start({ leaseSeconds: 900, clockOffsetSeconds: 90 });
    await bench.watchdog.heartbeat(async (beat) => {
      const job = await beat.claim(() => bench.client.claim());
      expect(job?.leaseRemainingSeconds()).toBe(900);
    });
    expect(rows()["claimLeaseExpiresAt"]).toBe(bench.clock.now() / 1_000 + 990);
  });
});

describe("R6.6: the bound of a job service's command is no bound of the worker's own work", () => {
  it.each(["build", "render"])("a %s of twenty minutes goes on to its end", async (phase) => {
    const { watchdog, clock } = await start({ leaseSeconds: 3_000 });
    await watchdog.heartbeat(async (beat) => {
      const job = await beat.claim(() => bench.client.claim());
      const work = job?.phase(phase, () => new Promise((resolve) => clock.after(1_200_000, () => resolve("done"))));
      await clock.advance(1_200_001);
      expect(await work).toBe("done");
    });
    expect(statuses(phase)).toEqual(["ok"]);
  });

  it("nor of an upload", async () => {
    const { watchdog, clock } = await start({ leaseSeconds: 3_000 });
    await watchdog.heartbeat(async (beat) => {
      const job = await beat.claim(() => bench.client.claim());
      const work = job?.upload(() => new Promise((resolve) => clock.after(600_000, () => resolve("done"))));
      await clock.advance(600_001);
      expect(await work).toBe("done");
    });
  });
});

describe("the end of a worker (R2.5, R4.9)", () => {
  it("says stopped when it holds no job, and runs no more heartbeats", async () => {
    const { watchdog, rows, through } = await start();
    expect(await through(watchdog.stop())).toEqual({ heldJobs: [], releasedJobs: [] });
    expect(rows()["stoppedAt"]).toBeGreaterThanOrEqual(rows()["aliveAt"] ?? Number.POSITIVE_INFINITY);
    await expect(watchdog.heartbeat(() => undefined)).rejects.toMatchObject({ code: "stopped" });
    expect(bench.clock.timers).toBe(0);
  });

  it("waits for the running heartbeat, then aborts its job, and does not call a held job stopped", async () => {
    const { watchdog, rows, clock } = await start();
    let held: Job | undefined;
    const beat = watchdog.heartbeat(async (it) => {
      held = await it.claim(() => bench.client.claim());
      await held?.phase(
        "render",
        ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      );
    });
    const ended = expect(beat).rejects.toMatchObject({ code: "stopped" });
    await clock.advance(10);
    const stopping = watchdog.stop({ drainMillis: 5_000 });
    await clock.advance(4_000);
    expect(held?.signal.aborted).toBe(false);
    await clock.advance(2_000);
    await ended;
    expect(await stopping).toEqual({ heldJobs: ["J1"], releasedJobs: [] });
    expect(rows()).not.toHaveProperty("stoppedAt");
  });

  /** Stops a worker in the middle of a phase. */
  async function stopWorking(): Promise<unknown> {
    const { watchdog, clock } = bench;
    const beat = watchdog.heartbeat(async (it) => {
      const job = await it.claim(() => bench.client.claim());
      await job?.phase(
        "render",
        ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      );
    });
    const ended = expect(beat).rejects.toMatchObject({ code: "stopped" });
    await clock.advance(10);
    const stopping = watchdog.stop({ drainMillis: 1_000 });
    await clock.advance(20_000);
    await ended;
    return stopping;
  }

  it("gives back what it can not finish, says so, and has stopped then: no page (R2.5, R4.9)", async () => {
    const { service, rows, journal } = await start({ releases: true });
    expect(await stopWorking()).toEqual({ heldJobs: [], releasedJobs: ["J1"] });
    expect(service.state("J1")).toBe("pending");
    expect(rows()).toHaveProperty("stoppedAt");
    expect(rows()).toHaveProperty("claimSettledAt");
    expect(incidents()).toEqual([]);
    expect(journal.records({ kind: "repair_action" }).map(({ data }) => data)).toEqual([
      expect.objectContaining({ action: "release", actor: "watchdog", new_state: "released", result: "success" }),
    ]);
  });

  it.each([
    ["does not acknowledge it", { result: { ok: false } }],
    ["does not answer", { hangs: true as const }],
  ])("still holds the job where the queue %s, and that is an open attempt", async (_, fault) => {
    const { service, rows } = await start({ releases: true });
    service.fault("release", fault);
    expect(await stopWorking()).toEqual({ heldJobs: ["J1"], releasedJobs: [] });
    expect(rows()).not.toHaveProperty("stoppedAt");
    expect(incidents()).toContain("claimIncidents{artifact_missing,attempt_ended}");
  });

  it("does not give back a job whose lease is over: it may be another worker's", async () => {
    const { service, watchdog, clock, through } = await start({ releases: true, leaseSeconds: 60, renews: false });
    await watchdog.heartbeat((beat) => beat.claim(() => bench.client.claim()));
    await clock.advance(61_000);
    await service.client("w2").claim();
    expect(await through(watchdog.stop())).toEqual({ heldJobs: ["J1"], releasedJobs: [] });
    expect(service.calls("release")).toBe(0);
  });

  it("nor one whose lease ended in the machine's sleep, a moment ago", async () => {
    const { service, watchdog, clock, through } = await start({ releases: true, renews: false });
    await watchdog.heartbeat((beat) => beat.claim(() => bench.client.claim()));
    clock.stepWallClock(3_600_000);
    expect(await through(watchdog.stop())).toMatchObject({ heldJobs: ["J1"] });
    expect(service.calls("release")).toBe(0);
  });

  it("drops the rows of a job that was left held a minute after its heartbeat", async () => {
    const { watchdog, rows, clock } = await start();
    await watchdog.heartbeat((beat) => beat.claim(() => bench.client.claim()));
    await clock.advance(59_000);
    expect(rows()).toHaveProperty("claimLeaseExpiresAt");
    await clock.advance(2_000);
    expect(Object.keys(rows()).sort()).toEqual([
      "aliveAt",
      "claimPolledAt",
      "clockOffset",
      "noJobStreak",
      "silentHeartbeats",
      "startedAt",
    ]);
  });

  it("drops an attempt's rows a minute after its end, and keeps the worker's", async () => {
    const { watchdog, rows, clock, through } = await start();
    await through(watchdog.heartbeat((beat) => day(bench, beat)));
    await clock.advance(59_000);
    expect(rows()).toHaveProperty("claimSettledAt");
    await clock.advance(2_000);
    expect(Object.keys(rows()).sort()).toEqual([
      "aliveAt",
      "claimPolledAt",
      "clockOffset",
      "noJobStreak",
      "silentHeartbeats",
      "startedAt",
    ]);
  });

  it.each([
    [60, 15],
    [10, 10],
  ])("says that it is alive while nothing else happens: with a refresh of %i s, every %i s", async (refresh, every) => {
    const { rows, clock } = await start({ policy: { pipeline: { row_refresh_seconds: refresh } } });
    const before = rows()["aliveAt"] ?? 0;
    await clock.advance(every * 1_000 - 1);
    expect(rows()["aliveAt"]).toBe(before);
    await clock.advance(1);
    expect(rows()["aliveAt"]).toBe(before + every);
    await clock.advance(600_000);
    expect(clock.now() / 1_000 - (rows()["aliveAt"] ?? 0)).toBeLessThanOrEqual(every);
  });
});
