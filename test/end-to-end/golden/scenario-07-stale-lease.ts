/** Scenario 7: a lease that nobody renewed is over for longer than its grace, and the job is still held. */
import { EVENTS } from "@worker-watchdog/sdk/semconv";
import { expect, it } from "vitest";
import { poll } from "../poll.ts";
import { newestOfOpen } from "./attempt-rows.ts";
import { expectPage } from "./expect-page.ts";
import { goldenPolicy } from "./golden-policy.ts";
import type { GoldenStack } from "./golden-stack.ts";
import { NO_JOB } from "./no-job.ts";

/** Registers the scenario's tests. */
export function staleLease(golden: () => GoldenStack): void {
  it.concurrent("scenario 7: past expiry and grace with the job held, the expiry's row stands unsettled; job_lease is stale, worker.lease.risk is sent, release or reclaim is proposed; page 6", async () => {
    const { found, events, inbox, pool: open } = golden();
    const pool = await open("stale-lease", 12);
    pool.add("J7");
    const worker = await pool.start("w", { PHASES: "context,build", STAY_IN: "build" });
    await worker.says("build");
    pool.service.fault("claim", NO_JOB, 10_000);

    const grace = goldenPolicy.thresholds.lease_expired_grace_seconds;
    const [stale] = await found("a stale lease", `${newestOfOpen(pool, "claimLeaseExpiresAt")} < time() - ${grace}`);
    const traceId = stale?.labels["trace_id"];
    expect(stale?.labels).toEqual({
      worker_pool: pool.name,
      worker_id: "w",
      job_id: "J7",
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });

    const leases = await poll("the record of a stale lease", () => {
      const records = pool.records("w", { kind: "job_lease" });
      return records.at(-1)?.data["risk"] === "stale" ? records : undefined;
    });
    expect(leases.map(({ data }) => data["risk"])).toEqual(
      ["normal", "near_expiry", "expired", "stale"].slice(-leases.length),
    );
    expect(leases.at(-1)).toMatchObject({ jobId: "J7", traceId, data: { lease_expires_at: stale?.value } });
    const proposals = pool
      .records("w", { kind: "repair_action" })
      .filter(({ data }) => data["trigger"] === "lease_expired");
    expect(proposals).toMatchObject([
      { jobId: "J7", traceId, data: { authority: "supervisor", result: "needs_human" } },
    ]);

    const risks = await poll("the event of a stale lease", async () => {
      const told = await events(pool.name, EVENTS.leaseRisk);
      return told.some(({ attributes }) => attributes["risk"] === "stale") ? told : undefined;
    });
    expect(risks.at(-1)?.attributes).toMatchObject({ "job.id": "J7", "trace.id": traceId, before: "expired" });
    const [escalation] = await poll("the escalation", async () => {
      const told = await events(pool.name, EVENTS.escalationSent);
      return told.length > 0 ? told : undefined;
    });
    expect(escalation?.attributes).toMatchObject({ "job.id": "J7", trigger: "lease_expired", authority: "supervisor" });

    await expectPage(inbox, pool.name, { alert: "lease_expired", worker: "w", job: "J7", trace: traceId });
    expect(pool.service.state("J7")).toBe("running");
  });
}
