/** Workers that do their work, each in its own way: no alert, at any time, past every range. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { minutes } from "../../rules/durations.ts";
import { type Scenario, setting, silent } from "../scenario.ts";
import { attemptSeries, lifeSeries } from "../worker-history.ts";

/** A worker that renews its lease three times, a restart in the middle of a job, and one-shot processes that share one attempt. */
export function healthyWorkers(policy: Policy): Scenario {
  const { ticks, ranges, leaseSeconds } = setting(policy);
  const keepalive = minutes(policy.thresholds.lease_keepalive_minutes);
  const renewEvery = ticks.upTo(leaseSeconds - keepalive);
  const renewals = [0, 1, 2, 3].map((count) => [count * renewEvery, count * renewEvery + leaseSeconds] as const);
  const settled = 3 * renewEvery + ticks.step * 6;
  const restarted = ticks.upTo(leaseSeconds / 2);
  const horizon = ticks.after(settled + ranges.closeSeconds) + 6 * ticks.step;
  const everyNow = Array.from({ length: 24 }, (_, index) => ticks.upTo((index * horizon) / 24));
  const around = [
    settled - ticks.step,
    settled,
    ...renewals.flatMap(([at, expires]) => [at, expires, expires + ticks.step * 9]),
  ];
  return {
    name: "healthy workers: renewals, a restart in the middle of a job, one-shot processes",
    series: [
      ...attemptSeries(policy, {
        worker: "w1",
        job: "J1",
        trace: "t1",
        claimedAt: 0,
        leases: renewals,
        verifiedAt: settled - ticks.step,
        settledAt: settled,
        until: settled + 6 * ticks.step,
      }),
      ...lifeSeries(policy, {
        worker: "w1",
        from: 0,
        until: horizon,
        claims: [
          [0, 0],
          [settled + 6 * ticks.step, 1],
        ],
      }),
      // The old process never signs off; its successor has the same id, another instance, and claims the job anew.
      ...attemptSeries(policy, {
        worker: "w2",
        instance: "w2-old",
        job: "J2",
        trace: "t2",
        claimedAt: 0,
        leases: [[0, leaseSeconds]],
        until: 3 * ticks.step,
      }),
      ...lifeSeries(policy, { worker: "w2", instance: "w2-old", from: 0, until: 3 * ticks.step }),
      ...attemptSeries(policy, {
        worker: "w2",
        instance: "w2-new",
        job: "J2",
        trace: "t3",
        claimedAt: restarted,
        leases: [[restarted, restarted + leaseSeconds]],
        verifiedAt: restarted + ticks.step,
        settledAt: restarted + 2 * ticks.step,
        until: restarted + 8 * ticks.step,
      }),
      ...lifeSeries(policy, { worker: "w2", instance: "w2-new", from: restarted, until: horizon }),
      // Three commands of a shell worker: each writes what it knows, once, and ends.
      ...oneShot(policy, "w3-claim", 2 * ticks.step, { leases: [[2 * ticks.step, leaseSeconds]] }),
      ...oneShot(policy, "w3-check", 8 * ticks.step, {
        leases: [[8 * ticks.step, leaseSeconds]],
        verifiedAt: 8 * ticks.step,
      }),
      ...oneShot(policy, "w3-complete", 14 * ticks.step, {
        leases: [[14 * ticks.step, leaseSeconds]],
        settledAt: 14 * ticks.step,
      }),
    ],
    expectations: silent(
      [
        "lease_expiring_with_claimed_job",
        "lease_expired",
        "artifact_missing",
        "complete_rejected",
        "job_not_found_after_claim",
        "missing_deliverable_id",
        "queue_stuck",
        "queue_stuck_pool",
        "silent_loop",
        "session_dead",
        "false_green",
        "multiple_primary_jobs",
        "worker_absent_pool",
        "repeated_no_job_pool",
        "repeated_no_job",
        "worker_absent",
      ],
      ...new Set([...everyNow, ...around, horizon].filter((at) => at <= horizon).sort((left, right) => left - right)),
    ),
  };
}

function oneShot(
  policy: Policy,
  instance: string,
  at: number,
  rows: Pick<Parameters<typeof attemptSeries>[1], "leases" | "verifiedAt" | "settledAt">,
): ReturnType<typeof attemptSeries> {
  return attemptSeries(policy, { worker: "w3", instance, job: "J3", trace: "t4", claimedAt: at, ...rows, until: at });
}
