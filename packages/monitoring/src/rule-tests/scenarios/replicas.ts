/** Two Collectors write the same rows with a label of their own and one lags: one alert, and no reopening. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { unix } from "../clock.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { attemptLabels, attemptSeries, lifeSeries, workerLabels } from "../worker-history.ts";

export function replicas(policy: Policy): Scenario {
  const { ticks, ranges, leaseSeconds, warnSeconds, graceSeconds } = setting(policy);
  const who = { worker: "w1", job: "J1", trace: "t1" };
  const renewed = { worker: "w5", job: "J5", trace: "t5" };
  const done = { worker: "w2", job: "J2", trace: "t2" };
  const expiresAt = leaseSeconds;
  const claimsNeeded = policy.thresholds.repeated_no_job_warn_count;
  const polls = Array.from({ length: claimsNeeded }, (_, index) => [index * ticks.step, index + 1] as const);
  const lastPoll = claimsNeeded * ticks.step;
  const incident = {
    kind: "complete_rejected",
    reason: "other",
    at: 2 * ticks.step,
    count: policy.thresholds.complete_rejection_warn_count,
  } as const;
  const late = { ...who, claimedAt: 0, leases: [[0, expiresAt]] as const, incidents: [incident] };
  return {
    name: "two replicas write the same rows, one lags behind",
    series: [
      ...attemptSeries(policy, { ...late, replica: "1", until: 6 * ticks.step }),
      ...attemptSeries(policy, { ...late, replica: "2", until: 4 * ticks.step }),
      // The second replica never hears of the renewal, the verification and the end of this job.
      ...attemptSeries(policy, {
        ...done,
        replica: "1",
        claimedAt: 0,
        leases: [
          [0, expiresAt],
          [6 * ticks.step, expiresAt + leaseSeconds],
        ],
        verifiedAt: 6 * ticks.step,
        settledAt: 7 * ticks.step,
        incidents: [{ ...incident, clearedAt: 6 * ticks.step }],
        until: 12 * ticks.step,
      }),
      ...attemptSeries(policy, {
        ...done,
        replica: "2",
        claimedAt: 0,
        leases: [[0, expiresAt]],
        incidents: [incident],
        until: 12 * ticks.step,
      }),
      // Renewed, by the first replica alone, and then the worker dies: the renewal counts.
      ...attemptSeries(policy, {
        ...renewed,
        replica: "1",
        claimedAt: 0,
        leases: [
          [0, expiresAt],
          [6 * ticks.step, expiresAt + 30 * ticks.step],
        ],
        verifiedAt: 6 * ticks.step,
        until: 6 * ticks.step,
      }),
      ...attemptSeries(policy, {
        ...renewed,
        replica: "2",
        claimedAt: 0,
        leases: [[0, expiresAt]],
        until: 8 * ticks.step,
      }),
      // A streak that is over by the first replica and still stands by the second.
      ...lifeSeries(policy, {
        worker: "w3",
        replica: "1",
        from: 0,
        until: expiresAt,
        claims: [...polls, [lastPoll, 0]],
      }),
      ...lifeSeries(policy, { worker: "w3", replica: "2", from: 0, until: lastPoll - ticks.step, claims: polls }),
      // A streak that stands by both.
      ...lifeSeries(policy, { worker: "w4", replica: "1", from: 0, until: lastPoll, claims: polls }),
      ...lifeSeries(policy, { worker: "w4", replica: "2", from: 0, until: lastPoll, claims: polls }),
    ],
    expectations: [
      ...fires(
        "lease_expiring_with_claimed_job",
        [{ labels: attemptLabels(who), value: unix(expiresAt) }],
        ticks.after(expiresAt - warnSeconds),
      ),
      ...fires(
        "lease_expired",
        [{ labels: attemptLabels(who), value: unix(expiresAt) }],
        ticks.after(expiresAt + graceSeconds),
      ),
      ...fires(
        "complete_rejected",
        [{ labels: { ...attemptLabels(who), kind: "complete_rejected", reason: "other" }, value: incident.count }],
        8 * ticks.step,
      ),
      ...fires(
        "repeated_no_job",
        [{ labels: workerLabels({ worker: "w4" }), value: claimsNeeded }],
        lastPoll,
        lastPoll + ticks.step,
      ),
      ...silent(["lease_expired"], ticks.upTo(expiresAt)),
      ...silent(
        ["lease_expiring_with_claimed_job", "lease_expired", "artifact_missing", "complete_rejected"],
        ticks.after(12 * ticks.step + ranges.closeSeconds) + 12 * ticks.step,
      ),
    ],
  };
}
