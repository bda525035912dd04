/** Scenario 18: a worker that hangs while its process lives. */
import { EVENTS } from "@worker-watchdog/sdk/semconv";
import { expect, it } from "vitest";
import { newest, newestOfOpen } from "./attempt-rows.ts";
import { expectPage } from "./expect-page.ts";
import { goldenPolicy } from "./golden-policy.ts";
import type { GoldenStack } from "./golden-stack.ts";
import { NO_JOB } from "./no-job.ts";

const { progress_stall_minutes } = goldenPolicy.thresholds;
const STALL_SECONDS = progress_stall_minutes * 60;

/** Registers the scenario's tests. */
export function hungWorker(golden: () => GoldenStack): void {
  it.concurrent("scenario 18: progress stops and life goes on; the keep-alive renews while progress is fresh and not after; the lease runs out: page 7 (d), then page 1 before its expiry, then the job's signal ends the phase", async () => {
    const { found, inbox, pool: open } = golden();
    const pool = await open("hung", 25);
    pool.add("J18");
    const worker = await pool.start("w", { PHASES: "context,build", STAY_IN: "build", HELPERS: "renew" });
    await worker.says("build");
    pool.service.fault("claim", NO_JOB, 10_000);

    const [hung] = await found(
      "a job that lives and does not move",
      `${newestOfOpen(pool, "claimProgressAt")} < time() - ${STALL_SECONDS} and ${newestOfOpen(pool, "claimAliveAt")} > time() - 5`,
    );
    expect(hung?.labels).toMatchObject({ worker_id: "w", job_id: "J18" });
    const [lease] = await found("a lease that was renewed", newestOfOpen(pool, "claimLeaseExpiresAt"));
    const [started] = await found("the claim", newestOfOpen(pool, "claimStartedAt"));
    const expiresAt = lease?.value ?? 0;
    expect(expiresAt).toBeGreaterThan((started?.value ?? 0) + 25.1);
    const renewals = pool.records("w", { name: EVENTS.leaseRenewed });
    expect(renewals.length).toBeGreaterThan(0);
    for (const { atMillis } of renewals) expect(atMillis / 1_000).toBeLessThan((hung?.value ?? 0) + STALL_SECONDS + 1);

    const of = { worker: "w", job: "J18", trace: hung?.labels["trace_id"] } as const;
    const stuck = await expectPage(inbox, pool.name, { ...of, alert: "queue_stuck", reason: "no_progress" });
    const page = await expectPage(inbox, pool.name, { ...of, alert: "lease_expiring_with_claimed_job" });
    expect(stuck.atMillis).toBeLessThan(page.atMillis);
    expect(page.atMillis / 1_000).toBeLessThan(expiresAt);
    await worker.says("heartbeat ended with lease_lost");
    expect(Date.now() / 1_000).toBeGreaterThan(expiresAt - 0.5);
    expect(pool.records("w", { name: EVENTS.leaseRenewed })).toEqual(renewals);
    expect(await found("the lease", newest(pool, "claimLeaseExpiresAt"))).toMatchObject([{ value: expiresAt }]);
    // Its process is there all the same, and starts heartbeat after heartbeat.
    await worker.says("no job");
    const attempt = pool.records("w", { kind: "worker_job_attempt", jobId: "J18" }).at(-1);
    expect(attempt?.data).toMatchObject({ state: "stuck", error_code: "no_progress", completed: null });
  });
}
