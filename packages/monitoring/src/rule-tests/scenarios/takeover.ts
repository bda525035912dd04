/** Another worker takes the job over: the first one's pages end at once and for good, and a later attempt is not masked. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { unix } from "../clock.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { attemptLabels, attemptSeries } from "../worker-history.ts";

export function takeover(policy: Policy): Scenario {
  const { ticks, ranges, leaseSeconds, warnSeconds, graceSeconds } = setting(policy);
  const first = { worker: "w1", job: "J1", trace: "t1" };
  const second = { worker: "w2", job: "J1", trace: "t2" };
  const third = { worker: "w3", job: "J1", trace: "t3" };
  const firstExpires = leaseSeconds;
  const taken = ticks.after(firstExpires + graceSeconds) + 4 * ticks.step;
  const settled = taken + 3 * ticks.step;
  const again = ticks.after(settled + 6 * ticks.step);
  const thirdExpires = again + leaseSeconds;
  const leaseAlerts = ["lease_expiring_with_claimed_job", "artifact_missing", "lease_expired"] as const;
  const ofFirst = [{ labels: attemptLabels(first), value: unix(firstExpires) }];
  const ofThird = [{ labels: attemptLabels(third), value: unix(thirdExpires) }];
  return {
    name: "another worker takes the job over, completes it, and a later attempt at it dies",
    series: [
      ...attemptSeries(policy, { ...first, claimedAt: 0, leases: [[0, firstExpires]], until: 6 * ticks.step }),
      ...attemptSeries(policy, {
        ...second,
        claimedAt: taken,
        leases: [[taken, taken + leaseSeconds]],
        verifiedAt: settled - ticks.step,
        settledAt: settled,
        until: settled,
      }),
      ...attemptSeries(policy, {
        ...third,
        claimedAt: again,
        leases: [[again, thirdExpires]],
        verifiedAt: again + ticks.step,
        until: again + 2 * ticks.step,
      }),
    ],
    expectations: [
      ...fires("lease_expired", ofFirst, taken - ticks.step),
      ...silent(leaseAlerts, taken, settled, again + ticks.step, ticks.upTo(thirdExpires - warnSeconds)),
      ...fires("lease_expiring_with_claimed_job", ofThird, ticks.after(thirdExpires - warnSeconds)),
      ...silent(["artifact_missing"], thirdExpires),
      ...silent(["lease_expired"], ticks.upTo(thirdExpires + graceSeconds)),
      ...fires("lease_expired", ofThird, ticks.after(thirdExpires + graceSeconds)),
      ...silent(leaseAlerts, ticks.after(again + ranges.closeSeconds) + 6 * ticks.step),
    ],
  };
}

/** A worker gives a job back and claims it again: what settled its first attempt says nothing of the second. */
export function claimedAgain(policy: Policy): Scenario {
  const { ticks, ranges, warnSeconds, graceSeconds } = setting(policy);
  const first = { worker: "w1", job: "J1", trace: "t1" };
  const second = { ...first, trace: "t2" };
  const settledAt = 3 * ticks.step;
  const again = 5 * ticks.step;
  // The first one's settlement is in the quick windows still when this lease is about to end.
  const expires = again + Math.floor(warnSeconds / 2);
  const ofSecond = [{ labels: attemptLabels(second), value: unix(expires) }];
  return {
    name: "a worker gives a job back, claims it again and dies",
    series: [
      ...attemptSeries(policy, {
        ...first,
        claimedAt: 0,
        leases: [[0, expires]],
        settledAt,
        isReleased: true,
        until: settledAt,
      }),
      ...attemptSeries(policy, {
        ...second,
        claimedAt: again,
        leases: [[again, expires]],
        verifiedAt: again,
        until: again + ticks.step,
      }),
    ],
    expectations: [
      ...fires("lease_expiring_with_claimed_job", ofSecond, again + 2 * ticks.step),
      ...fires(
        "lease_expired",
        ofSecond,
        ticks.after(expires + graceSeconds),
        ticks.after(again + ranges.quickCloseSeconds) + 2 * ticks.step,
      ),
    ],
  };
}

/** The successor is done at once, and its rows have left the quick windows long before the first one's leave theirs. */
export function earlyTakeover(policy: Policy): Scenario {
  const { ticks, ranges, leaseSeconds } = setting(policy);
  const first = { worker: "w1", job: "J1", trace: "t1" };
  const second = { worker: "w2", job: "J1", trace: "t2" };
  const claimedAt = 4 * ticks.step;
  const settledAt = 7 * ticks.step;
  const horizon = ticks.upTo(ranges.openSeconds);
  return {
    name: "a successor claims and completes at once: nothing of the first attempt comes back",
    series: [
      ...attemptSeries(policy, { ...first, claimedAt: 0, leases: [[0, leaseSeconds]], until: 0 }),
      ...attemptSeries(policy, {
        ...second,
        claimedAt,
        leases: [[claimedAt, claimedAt + leaseSeconds]],
        verifiedAt: settledAt,
        settledAt,
        until: settledAt,
      }),
    ],
    expectations: silent(
      ["lease_expiring_with_claimed_job", "artifact_missing", "lease_expired"],
      claimedAt,
      ...[0.2, 0.4, 0.6, 0.8, 0.9, 1].map((share) => ticks.upTo(horizon * share) - ticks.step),
    ),
  };
}
