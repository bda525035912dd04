/** Alert 9 is the job's: its newest claim speaks for it, and a verified artifact ends it, also where the clearing row was lost. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { attemptLabels, attemptSeries } from "../worker-history.ts";

export function deliverableOfJob(policy: Policy): Scenario {
  const { ticks, ranges, leaseSeconds } = setting(policy);
  const count = policy.thresholds.missing_deliverable_id_warn_count;
  const at = 3 * ticks.step;
  const next = at + 4 * ticks.step;
  // A deep scan may be a tick behind.
  const seen = next + 2 * ticks.step;
  const again = (trace: string) => ({ worker: "w1", job: "J-again", trace });
  const verified = { worker: "w2", job: "J-verified", trace: "t3" };
  const twice = (trace: string) => ({ worker: "w3", job: "J-twice", trace });
  const namesake = { pool: "elsewhere", ...twice("t11") };
  const reclaimed = (trace: string) => ({ worker: "w4", job: "J-reclaimed", trace });
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
  const noArtifact = (attempt: Parameters<typeof attemptLabels>[0]) => ({
    labels: { ...attemptLabels(attempt), kind: "artifact_missing", reason: "http_status" },
    value: 1,
  });
  return {
    name: "missing_deliverable_id: claimed again by the same worker, again without one; verified with no clearing row",
    series: [
      // Its process outlives the next claim's.
      ...attemptSeries(policy, { ...again("t1"), ...claim(at), until: next + 5 * ticks.step }),
      ...attemptSeries(policy, { ...again("t2"), ...claim(next) }),
      // Two claims with half of what is needed each: the job's count is theirs together.
      ...attemptSeries(policy, { ...half("t4"), ...claim(at, Math.ceil(count / 2)) }),
      ...attemptSeries(policy, { ...half("t5"), ...claim(next, Math.ceil(count / 2)) }),
      ...attemptSeries(policy, { ...verified, ...claim(at), verifiedAt: next, until: next }),
      // Verified, claimed again and found to have none, verified again: it is the last artifact that counts.
      ...attemptSeries(policy, { ...twice("t7"), ...claim(at, 0), verifiedAt: at + ticks.step }),
      ...attemptSeries(policy, {
        ...twice("t8"),
        ...claim(next),
        incidents: [{ kind: "artifact_missing", reason: "http_status", at: next }],
      }),
      ...attemptSeries(policy, {
        ...twice("t9"),
        ...claim(next + ticks.step, 0),
        verifiedAt: next + 2 * ticks.step,
        until: seen,
      }),
      // A job of the same name, in another pool, that is verified by nobody.
      ...attemptSeries(policy, {
        ...namesake,
        ...claim(next),
        incidents: [{ kind: "artifact_missing", reason: "http_status", at: next }],
      }),
      // The same worker claims a job once more, after its artifact.
      ...attemptSeries(policy, { ...reclaimed("t10"), ...claim(at), verifiedAt: next, until: next }),
      ...attemptSeries(policy, { ...reclaimed("t6"), ...claim(next + ticks.step) }),
    ],
    expectations: [
      ...silent(["missing_deliverable_id"], at - ticks.step),
      ...fires(
        "missing_deliverable_id",
        [firing(again("t1")), firing(verified), firing(reclaimed("t10")), ...(count === 1 ? [ofHalf("t4")] : [])],
        at,
        next - ticks.step,
      ),
      ...fires("artifact_missing", [noArtifact(twice("t8")), noArtifact(namesake)], next),
      ...fires("artifact_missing", [noArtifact(namesake)], seen + 2 * ticks.step),
      ...fires(
        "missing_deliverable_id",
        [firing(again("t2")), firing(reclaimed("t6")), ofHalf("t5")],
        seen,
        seen + 6 * ticks.step,
        // The last words of the first claims are about to be out of range, then those of the next ones.
        ticks.upTo(at + ranges.eventSeconds),
      ),
      ...fires(
        "missing_deliverable_id",
        [firing(again("t2")), firing(reclaimed("t6")), ...(count === 1 ? [ofHalf("t5")] : [])],
        ticks.upTo(next + ranges.eventSeconds) - ticks.step,
      ),
    ],
  };
}
