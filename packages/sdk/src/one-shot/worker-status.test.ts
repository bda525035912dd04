import { describe, expect, it } from "vitest";
import { type Journal, workerScope } from "../journal/journal.ts";
import { memoryJournal } from "../journal/memory-journal.ts";
import { createPolicy, defaultPolicy } from "../policy/index.ts";
import { manualClock, memoryJobService } from "../testing/index.ts";
import { openOneShotWorker } from "./one-shot-worker.ts";
import { knownWorkers, workerStatus } from "./worker-status.ts";

const worker = { pool: "p/1", id: "w" };

/** A worker of one-shot phases on a journal that several "processes" share. */
function day(leaseSeconds = 900) {
  const clock = manualClock();
  const service = memoryJobService({ clock, leaseSeconds });
  const journal: Journal = { ...memoryJournal(), isDurable: true };
  const client = service.client(worker.id);
  const open = () => openOneShotWorker({ worker: { ...worker, role: "r" }, journal, clock, environment: {} });
  const claim = async (): Promise<void> => {
    const process = open();
    await process.heartbeat("claim").claim(() => client.claim());
    process.close();
  };
  const status = (policy = defaultPolicy) => workerStatus(journal, worker, policy, clock.now());
  return { clock, service, journal, client, open, claim, status };
}

describe("R9.2: what a worker is at, by its journal", () => {
  it("nothing is known of a worker that never ran", () => {
    const { journal, status } = day();
    expect(status()).toMatchObject({ health: "unknown", job: undefined, lastHeartbeat: undefined });
    expect(knownWorkers(journal)).toEqual([]);
  });

  it("a held job: phase, lease and risk at the policy's boundaries (R6.5)", async () => {
    const { clock, service, claim, status, journal } = day();
    service.add({ id: "j", deliverableId: "D" });
    await claim();
    expect(knownWorkers(journal)).toEqual([worker]);
    expect(status()).toMatchObject({
      health: "working",
      job: {
        id: "j",
        isHeld: true,
        phase: "claim",
        deliverableId: "D",
        lease: { remainingSeconds: 900, risk: "normal" },
      },
      stuck: undefined,
      lastHeartbeat: { status: "job" },
    });
    await clock.advance(600_001);
    expect(status().job?.lease.risk).toBe("near_expiry");
    await clock.advance(300_000);
    expect(status()).toMatchObject({
      health: "stuck",
      job: { lease: { risk: "expired" } },
      stuck: { reason: "lease_expired", class: "lease_expiry", nextAction: "mark_stale_and_request_reclaim" },
    });
  });

  it("a stuck job: reason, class and next action (R6.3)", async () => {
    const { service, claim, open, status } = day();
    service.add({ id: "j", deliverableId: "D" });
    await claim();
    const process = open();
    await process
      .job()
      ?.phase("build", () => Promise.reject(new Error("no")))
      .catch(() => {});
    process.close();
    expect(status()).toMatchObject({
      health: "stuck",
      job: { state: "stuck", phase: "build" },
      stuck: { reason: "build_failed", class: "artifact_gap", nextAction: "publish_or_fail_with_reason" },
    });
  });

  it("a job that was given back is no longer held", async () => {
    const { service, claim, open, client, status } = day();
    service.add({ id: "j" });
    await claim();
    const process = open();
    expect(await process.job()?.release("no tools", () => client.release("j"))).toBe(true);
    process.close();
    expect(status()).toMatchObject({ health: "idle", job: { id: "j", isHeld: false, state: "released" } });
  });

  it("empty claims, and what to do at the threshold", async () => {
    const { claim, status } = day();
    await claim();
    await claim();
    expect(status()).toMatchObject({ health: "idle", noJobStreak: 2, stuck: undefined });
    await claim();
    expect(status()).toMatchObject({
      noJobStreak: 3,
      stuck: { class: "no_job_loop", nextAction: "inspect_backlog_capabilities" },
    });
    expect(status(createPolicy({ thresholds: { repeated_no_job_warn_count: 4 } })).stuck).toBeUndefined();
  });

  it("a phase before a job that fails, until it passes", async () => {
    const { open, status } = day();
    const touch = async (ok: boolean): Promise<void> => {
      const process = open();
      await process.heartbeat("touch").touch(() => ({ ok, touched: ok }));
      process.close();
    };
    await touch(false);
    expect(status()).toMatchObject({
      health: "failing",
      stuck: { reason: "touch_failed", nextAction: "retouch_worker" },
    });
    await touch(true);
    expect(status()).toMatchObject({ health: "idle", stuck: undefined });
  });

  it("no sign of life for longer than alert 14 waits", async () => {
    const { clock, claim, status } = day();
    await claim();
    await clock.advance(20 * 60_000);
    expect(status().health).toBe("idle");
    await clock.advance(1_000);
    expect(status().health).toBe("absent");
  });

  it("R7: the run that it belongs to, and its budget", async () => {
    const { clock, journal, service, client } = day();
    service.add({ id: "j" });
    const environment = { WATCHDOG_RUN_ID: "r1", WATCHDOG_RUN_WALL_CLOCK_SECONDS: "60" };
    const touch = async (): Promise<void> => {
      const process = openOneShotWorker({ worker: { ...worker, role: "r" }, journal, clock, environment });
      try {
        await process.heartbeat("touch").touch(() => client.touch());
      } finally {
        process.close();
      }
    };
    const run = (variables: Readonly<Record<string, string>>) =>
      workerStatus(journal, worker, defaultPolicy, clock.now(), variables).run;
    await touch();
    await clock.advance(30_000);
    expect(run(environment)).toMatchObject({ id: "r1", elapsedSeconds: 30, budgetSeconds: 60, isCancelled: false });
    expect(run({ WATCHDOG_RUN_WALL_CLOCK_SECONDS: "much" })).toMatchObject({ budgetSeconds: 0 });
    await clock.advance(31_000);
    await expect(touch()).rejects.toMatchObject({ code: "run_cancelled" });
    await clock.advance(60_000);
    expect(run({})).toMatchObject({ elapsedSeconds: 61, budgetSeconds: 60, isCancelled: true });
  });

  it("hostile stored values are as good as none", async () => {
    const { journal, claim, status } = day();
    await claim();
    for (const key of ["attempt", "trouble", "run", "no_job_streak"]) {
      for (const value of [[], "x", { tallies: 1 }, { touch: { tallies: null } }, { id: 5 }]) {
        journal.set(workerScope(worker), key, value);
        expect(status().health).toBe("idle");
      }
    }
  });
});
