/** Whose event it is: a newer claim keeps the older one's page, except where the newer claim has what the older one lacked. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { IncidentKind } from "@worker-watchdog/sdk/semconv";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { attemptLabels, attemptSeries } from "../worker-history.ts";

export function eventIdentity(policy: Policy): Scenario {
  const { ticks, leaseSeconds } = setting(policy);
  const { thresholds } = policy;
  const at = 3 * ticks.step;
  const next = at + 4 * ticks.step;
  const counts = {
    complete_rejected: thresholds.complete_rejection_warn_count,
    job_not_found: thresholds.job_not_found_after_claim_critical_count,
    artifact_missing: 1,
    missing_deliverable_id: thresholds.missing_deliverable_id_warn_count,
  };
  const first = (kind: keyof typeof counts) => ({ worker: "w1", job: `J-${kind}`, trace: `t1-${kind}` });
  const second = (kind: keyof typeof counts) => ({ worker: "w2", job: `J-${kind}`, trace: `t2-${kind}` });
  const kinds = Object.keys(counts) as (keyof typeof counts)[];
  const incident = (kind: IncidentKind & keyof typeof counts) => ({ kind, reason: "other", at, count: counts[kind] });
  const firing = (kind: keyof typeof counts) => ({
    labels: { ...attemptLabels(first(kind)), kind, reason: "other" },
    value: counts[kind],
  });
  return {
    name: "a newer attempt at the same job: which events it ends",
    series: kinds.flatMap((kind) => [
      ...attemptSeries(policy, {
        ...first(kind),
        claimedAt: 0,
        leases: [[0, leaseSeconds]],
        incidents: [incident(kind)],
        until: at + ticks.step,
      }),
      ...attemptSeries(policy, {
        ...second(kind),
        claimedAt: next,
        leases: [[next, next + leaseSeconds]],
        verifiedAt: next + 3 * ticks.step,
        settledAt: next + 4 * ticks.step,
        until: next + 12 * ticks.step,
      }),
    ]),
    expectations: [
      ...fires("complete_rejected", [firing("complete_rejected")], at, next, next + 6 * ticks.step),
      ...fires("job_not_found_after_claim", [firing("job_not_found")], at, next, next + 6 * ticks.step),
      // Nothing is missing any more once the newer attempt's artifact is verified.
      ...fires("artifact_missing", [firing("artifact_missing")], at, next, next + 2 * ticks.step),
      ...silent(["artifact_missing"], next + 6 * ticks.step),
      // Counted for each job: the newer claim, which has a deliverable id, speaks for it.
      ...fires("missing_deliverable_id", [firing("missing_deliverable_id")], at, next - ticks.step),
      ...silent(["missing_deliverable_id"], next + 2 * ticks.step, next + 6 * ticks.step),
    ],
  };
}
