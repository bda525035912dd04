/** Scenario 8: a queue that does not move, in the four ways of alert 7. */
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { expect, it } from "vitest";
import { poll } from "../poll.ts";
import { newest, newestOfOpen } from "./attempt-rows.ts";
import { expectPage, pageOf } from "./expect-page.ts";
import { goldenPolicy } from "./golden-policy.ts";
import type { GoldenStack } from "./golden-stack.ts";

const { progress_stall_minutes, queue_stuck_no_life_minutes, queue_stuck_lease_minutes } = goldenPolicy.thresholds;
const NO_LIFE_SECONDS = queue_stuck_no_life_minutes * 60;
const PAST_EXPIRY_SECONDS = queue_stuck_lease_minutes * 60;
const NO_PROGRESS_SECONDS = progress_stall_minutes * 60;

/** Registers the scenario's tests. */
export function queueStuck(golden: () => GoldenStack): void {
  it.concurrent.each(["SIGSTOP", "SIGKILL"] as const)(
    "scenario 8 (a): a running job whose worker gives no sign of life (%s): worker_claim_alive_at_seconds stays behind; page 7, which ends where the worker goes on",
    async (signal) => {
      const { found, inbox, pool: open } = golden();
      const pool = await open(`no-life-${signal.toLowerCase()}`);
      pool.add("J8a");
      const worker = await pool.start("w", { PHASES: "context,build", STAY_IN: "build", HELPERS: "renew" });
      await worker.says("build");
      const alive = newestOfOpen(pool, "claimAliveAt");
      await found("the job's signs of life", `${alive} > time() - 5`);
      worker.signal(signal);
      const [silent] = await found("no sign of life", `${alive} < time() - ${NO_LIFE_SECONDS}`);
      expect(silent?.labels).toMatchObject({ worker_id: "w", job_id: "J8a" });
      expect(await found("an open lease", `${newestOfOpen(pool, "claimLeaseExpiresAt")} > time()`)).toHaveLength(1);
      const page = { alert: "queue_stuck", worker: "w", job: "J8a" } as const;
      const trace = silent?.labels["trace_id"];
      await expectPage(inbox, pool.name, { ...page, trace, reason: "no_sign_of_life" });
      if (signal === "SIGKILL") return;
      worker.signal("SIGCONT");
      const [again] = await found("life again", `${alive} > time() - 5`);
      expect(again?.labels).toEqual(silent?.labels);
      await pageOf(inbox, pool.name, page, "resolved");
    },
  );

  it.concurrent("scenario 8 (b): a running job whose lease is over for minutes: worker_claim_lease_expires_at_seconds stays behind with nothing settled, until another worker's claim of it; alert 7 fires, and page 6 of the same job mutes its page (R4.4)", async () => {
    const { found, inbox, query, pool: open } = golden();
    const pool = await open("past-expiry", 8);
    pool.add("J8b");
    const worker = await pool.start("first", { PHASES: "context,build", STAY_IN: "build" });
    await worker.says("build");
    await found("the job's lease", newestOfOpen(pool, "claimLeaseExpiresAt"));
    worker.signal("SIGKILL");
    const past = `${newestOfOpen(pool, "claimLeaseExpiresAt")} < time() - ${PAST_EXPIRY_SECONDS}`;
    const [stuck] = await found("a lease long over", past);
    expect(stuck?.labels).toMatchObject({ worker_id: "first", job_id: "J8b" });
    expect(pool.service.state("J8b")).toBe("running");
    const [alert] = await found("alert 7", pool.series("ALERTS", 'alert_key="queue_stuck"', 'alertstate="firing"'));
    expect(alert?.labels).toMatchObject({ job_id: "J8b", reason: "lease_overdue", owner: goldenPolicy.owner });
    const trace = stuck?.labels["trace_id"];
    await expectPage(inbox, pool.name, { alert: "lease_expired", worker: "first", job: "J8b", trace });
    await (await pool.start("second", { PHASES: "context,artifact,complete", HEARTBEATS: "1" })).says("completed J8b");
    await found("the second's completion", newest(pool, "claimSettledAt"));
    expect(await query(past)).toEqual([]);
  });

  it.concurrent("scenario 8 (c): an old pending job that no claim gets: worker_queue_oldest_pending_at_seconds and worker_queue_pending_jobs say so while worker_claim_polled_at_seconds goes on, until a claim gets a job; page 7 of the pool", async () => {
    const { found, inbox, query, pool: open } = golden();
    const pool = await open("never-claimed");
    const queuedAt = Math.floor(Date.now() / 1_000) - 660;
    const backlog = { pending_jobs: 1, oldest_pending_at: queuedAt, eligible_kinds: ["report"] };
    const settings = { HELPERS: "backlog", BACKLOG: JSON.stringify(backlog) };
    // The queue says that a job waits, and gives none.
    const worker = await pool.start("w", { ...settings, PHASES: "context,build", STAY_IN: "build" });
    const oldest = pool.series(METRICS.queueOldestPendingAt.prometheusName);
    const pending = pool.series(METRICS.queuePendingJobs.prometheusName);
    const [old] = await found("an old pending job", `${oldest} < time() - 600`);
    expect(old).toMatchObject({ value: queuedAt, labels: { worker_pool: pool.name, worker_id: "w" } });
    expect(await found("how many wait", pending)).toMatchObject([{ value: 1 }]);
    await found("claims that go on", `${pool.series(METRICS.claimPolledAt.prometheusName)} > time() - 5`);
    await found(
      "claims that came back empty",
      `${pool.series(METRICS.claims.prometheusName, 'worker_claim_outcome="no_job"')} >= 3`,
    );
    expect(await query(newest(pool, "claimStartedAt"))).toEqual([]);
    await expectPage(inbox, pool.name, { alert: "queue_stuck_pool" });

    // A claim gets a job: what was heard before is said no longer.
    pool.add("J8c");
    await worker.says("claimed J8c");
    await found("the claim", newestOfOpen(pool, "claimStartedAt"));
    await found(
      "the end of the rows",
      `absent(last_over_time(${oldest}[5s])) and absent(last_over_time(${pending}[5s]))`,
    );
  });

  it.concurrent("scenario 8 (d): a running job without a sign of progress: worker_claim_progress_at_seconds stays behind while worker_claim_alive_at_seconds goes on; a supervisor's review is proposed; page 7", async () => {
    const { found, inbox, pool: open } = golden();
    const pool = await open("no-progress");
    pool.add("J8d");
    const worker = await pool.start("w", { PHASES: "context,build", STAY_IN: "build", HELPERS: "renew" });
    await worker.says("build");
    const [hung] = await found(
      "a job that lives and does not move",
      `${newestOfOpen(pool, "claimProgressAt")} < time() - ${NO_PROGRESS_SECONDS} and ${newestOfOpen(pool, "claimAliveAt")} > time() - 5`,
    );
    expect(hung?.labels).toMatchObject({ worker_id: "w", job_id: "J8d" });
    // A look at the lease may come some seconds later.
    const proposals = await poll("the proposal", () => {
      const actions = pool.records("w", { kind: "repair_action" });
      const told = actions.filter(({ data }) => data["trigger"] === "queue_stuck");
      return told.length > 0 ? told : undefined;
    });
    expect(proposals).toMatchObject([
      { jobId: "J8d", traceId: hung?.labels["trace_id"], data: { authority: "supervisor", result: "needs_human" } },
    ]);
    const page = { alert: "queue_stuck", worker: "w", job: "J8d" } as const;
    await expectPage(inbox, pool.name, { ...page, trace: hung?.labels["trace_id"], reason: "no_progress" });
    worker.signal("SIGUSR2");
    await found("progress again", `${newest(pool, "claimProgressAt")} > ${hung?.value}`);
    await pageOf(inbox, pool.name, page, "resolved");
  });
}
