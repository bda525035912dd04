/** A worker is killed while it holds a job: 1 before the expiry, then 6 without a gap, then silence for good. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { unix } from "../clock.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { attemptLabels, attemptSeries, lifeSeries, workerLabels } from "../worker-history.ts";

export function deadWorker(policy: Policy): Scenario {
  const { ticks, ranges, leaseSeconds, warnSeconds, artifactSeconds, graceSeconds } = setting(policy);
  const who = { worker: "w1", job: "J1", trace: "t1" };
  const claimedAt = 6 * ticks.step;
  const died = claimedAt + 3 * ticks.step;
  const expiresAt = claimedAt + leaseSeconds;
  const firing = [{ labels: attemptLabels(who), value: unix(expiresAt) }];
  const withoutArtifact = [
    { labels: { ...attemptLabels(who), kind: "artifact_missing", reason: "lease_expiring" }, value: unix(expiresAt) },
  ];
  // With alert 6 switched off nothing takes over from alert 1.
  const isTakenOver = !policy.alerts.disabled.includes("lease_expired");
  const overlapEnds =
    expiresAt + graceSeconds + policy.pipeline.group_interval_seconds + 3 * policy.pipeline.rule_interval_seconds;
  // The lease row was last exported at the claim: it is refreshed once a minute.
  const outOfRange = claimedAt + ranges.openSeconds;
  const gone = ticks.after(outOfRange) + 3 * ticks.step;
  const lastSign = [{ labels: workerLabels(who), value: unix(died) }];
  const absentFrom = Math.max(ticks.after(died + ranges.absentSeconds), expiresAt);
  const absentUntil = died + ranges.aliveSeconds;
  return {
    name: "a worker is killed while it holds a job",
    series: [
      ...attemptSeries(policy, { ...who, claimedAt, leases: [[claimedAt, expiresAt]], until: died }),
      ...lifeSeries(policy, { ...who, from: died, until: died }),
    ],
    expectations: [
      ...silent(["lease_expiring_with_claimed_job"], claimedAt, ticks.upTo(expiresAt - warnSeconds)),
      ...fires(
        "lease_expiring_with_claimed_job",
        firing,
        ticks.after(expiresAt - warnSeconds),
        expiresAt,
        ticks.after(expiresAt + graceSeconds),
        // One tick before the end of the overlap: alert 6 fires, so this end is muted.
        ticks.upTo(overlapEnds - ticks.step),
      ),
      ...(isTakenOver
        ? silent(["lease_expiring_with_claimed_job"], ticks.from(overlapEnds))
        : fires("lease_expiring_with_claimed_job", firing, ticks.after(overlapEnds))),
      ...silent(["artifact_missing"], ticks.upTo(expiresAt - artifactSeconds)),
      ...fires("artifact_missing", withoutArtifact, ticks.after(expiresAt - artifactSeconds), expiresAt),
      ...silent(["lease_expired"], claimedAt, ticks.upTo(expiresAt + graceSeconds)),
      ...fires("lease_expired", firing, ticks.after(expiresAt + graceSeconds), ticks.upTo(outOfRange - ticks.step)),
      ...silent(
        ["lease_expiring_with_claimed_job", "artifact_missing", "lease_expired"],
        gone,
        ticks.after(claimedAt + ranges.closeSeconds),
        ticks.after(claimedAt + ranges.closeSeconds) + 6 * ticks.step,
      ),
      ...(absentFrom < absentUntil
        ? [
            ...silent(["worker_absent"], absentFrom - ticks.step),
            ...fires("worker_absent", lastSign, absentFrom, ticks.upTo(absentUntil - ticks.step)),
          ]
        : []),
      ...silent(["worker_absent"], ticks.after(absentUntil) + 3 * ticks.step),
    ],
  };
}
