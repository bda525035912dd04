/** Two pools with the same worker and job ids: what happens in one says nothing about the other. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { IncidentKind } from "@worker-watchdog/sdk/semconv";
import { unix } from "../clock.ts";
import { fires, type Scenario, setting } from "../scenario.ts";
import { attemptLabels, attemptSeries, lifeSeries, workerLabels } from "../worker-history.ts";

export function pools(policy: Policy): Scenario {
  const { ticks, ranges, leaseSeconds, graceSeconds } = setting(policy);
  const stuck = { worker: "w1", pool: "stuck", job: "J1", trace: "t1" };
  const failed = { ...stuck, job: "J0", trace: "t0" };
  const well = { worker: "w1", pool: "well", job: "J1", trace: "t1" };
  const later = 4 * ticks.step;
  const needed = policy.thresholds.repeated_no_job_warn_count;
  const missing = (kind: IncidentKind, count: number) => ({ kind, reason: "other", at: 0, count });
  const incidents = [
    missing("artifact_missing", 1),
    missing("missing_deliverable_id", policy.thresholds.missing_deliverable_id_warn_count),
  ];
  const expiresAt = leaseSeconds;
  const held = [{ labels: attemptLabels(stuck), value: unix(expiresAt) }];
  const firing = incidents.map(({ kind, reason, count }) => ({
    labels: { ...attemptLabels(failed), kind, reason },
    value: count,
  }));
  return {
    name: "two pools have a worker and a job of the same name: one is stuck, the other is well",
    series: [
      ...attemptSeries(policy, { ...stuck, claimedAt: 0, leases: [[0, expiresAt]], verifiedAt: 0, until: 0 }),
      ...attemptSeries(policy, {
        ...failed,
        claimedAt: 0,
        leases: [[0, expiresAt]],
        settledAt: 0,
        incidents,
        until: 0,
      }),
      // A job of the same name in a third pool has too few to count.
      ...attemptSeries(policy, {
        ...failed,
        pool: "third",
        claimedAt: 0,
        leases: [[0, expiresAt]],
        settledAt: 0,
        incidents: incidents.map((each) => ({ ...each, count: each.count - 1 })).filter(({ count }) => count > 0),
        until: 0,
      }),
      ...lifeSeries(policy, { ...stuck, from: 0, until: 0, claims: [[0, needed]] }),
      ...["J0", "J1"].flatMap((job) =>
        attemptSeries(policy, {
          ...well,
          job,
          claimedAt: later,
          leases: [[later, later + leaseSeconds]],
          verifiedAt: later,
          settledAt: later + 2 * ticks.step,
          until: later + 2 * ticks.step,
        }),
      ),
      ...lifeSeries(policy, { ...well, from: later, until: expiresAt + ranges.absentSeconds, claims: [[later, 0]] }),
    ],
    expectations: [
      ...fires("artifact_missing", firing.slice(0, 1), later + 6 * ticks.step),
      ...fires("missing_deliverable_id", firing.slice(1), later + 6 * ticks.step),
      ...fires("repeated_no_job", [{ labels: workerLabels(stuck), value: needed }], later + 6 * ticks.step),
      ...fires("lease_expired", held, ticks.after(expiresAt + graceSeconds)),
      ...fires(
        "worker_absent",
        [{ labels: workerLabels(stuck), value: unix(0) }],
        Math.max(ticks.after(ranges.absentSeconds), expiresAt),
      ),
    ],
  };
}
