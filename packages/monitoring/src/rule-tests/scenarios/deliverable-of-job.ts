/** Alert 9 is the job's: its newest claim speaks for it, and a verified artifact ends it, also where the clearing row was lost. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { attemptLabels, attemptSeries } from "../worker-history.ts";

export function deliverableOfJob(policy: Policy): Scenario {
  const { ticks, leaseSeconds } = setting(policy);
  const count = policy.thresholds.missing_deliverable_id_warn_count;
  const at = 3 * ticks.step;
  const next = at + 4 * ticks.step;
  // A deep scan may be a tick behind.
  const seen = next + 2 * ticks.step;
  const again = (trace: string) => ({ worker: "w1", job: "J-again", trace });
  const verified = { worker: "w2", job: "J-verified", trace: "t3" };
  const half = (trace: string) => ({ worker: trace, job: "J-half", trace });
  const ofHalf = (trace: string) => firing(half(trace), Math.ceil(count / 2));
  const claim = (claimedAt: number, incidents = count) => ({
    claimedAt,
    leases: [[claimedAt, claimedAt + leaseSeconds]] as const,
    incidents: [{ kind: "missing_deliverable_id", reason: "none_assigned", at: claimedAt, count: incidents } as const],
    until: claimedAt + ticks.step,
  });
  const firing = (attempt: Parameters<typeof attemptLabels>[0], value = count) => ({
    labels: { ...attemptLabels(attempt), kind: "missing_deliverable_id", reason: "none_assigned" },
    value,
  });
  return {
    name: "missing_deliverable_id: claimed again by the same worker, again without one; verified with no clearing row",
    series: [
      ...attemptSeries(policy, { ...again("t1"), ...claim(at) }),
      ...attemptSeries(policy, { ...again("t2"), ...claim(next) }),
      // Two claims with half of what is needed each: the job's count is theirs together.
      ...attemptSeries(policy, { ...half("t4"), ...claim(at, Math.ceil(count / 2)) }),
      ...attemptSeries(policy, { ...half("t5"), ...claim(next, Math.ceil(count / 2)) }),
      ...attemptSeries(policy, { ...verified, ...claim(at), verifiedAt: next, until: next }),
    ],
    expectations: [
      ...silent(["missing_deliverable_id"], at - ticks.step),
      ...fires(
        "missing_deliverable_id",
        [firing(again("t1")), firing(verified), ...(count === 1 ? [ofHalf("t4")] : [])],
        at,
        next - ticks.step,
      ),
      ...fires("missing_deliverable_id", [firing(again("t2")), ofHalf("t5")], seen, seen + 6 * ticks.step),
    ],
  };
}
