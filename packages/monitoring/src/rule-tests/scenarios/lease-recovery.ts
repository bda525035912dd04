/** A lease that was running out is saved: the pages end at the next tick, whatever saved it. */
import { detectionSeconds, type Policy } from "@worker-watchdog/sdk/policy";
import { unix } from "../clock.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { attemptLabels, attemptSeries, lifeSeries } from "../worker-history.ts";

export function leaseRecovery(policy: Policy): Scenario {
  const { ticks, ranges, leaseSeconds, warnSeconds, artifactSeconds } = setting(policy);
  const expiresAt = leaseSeconds;
  const saved = ticks.after(expiresAt - Math.min(warnSeconds, artifactSeconds)) + 3 * ticks.step;
  const before = saved - ticks.step;
  const attempt = (worker: string) => ({ worker, job: `J-${worker}`, trace: `t-${worker}` });
  const history = (worker: string) => ({
    ...attempt(worker),
    claimedAt: 0,
    leases: [[0, expiresAt]] as readonly (readonly [number, number])[],
    until: saved + 6 * ticks.step,
  });
  const workers = ["released", "renewed", "verified"];
  const warned = workers.map((worker) => ({ labels: attemptLabels(attempt(worker)), value: unix(expiresAt) }));
  const missing = warned.map(({ labels, value }) => ({
    labels: { ...labels, kind: "artifact_missing", reason: "lease_expiring" },
    value,
  }));
  return {
    name: "a lease that runs out is renewed, released, or its artifact verified",
    series: [
      ...attemptSeries(policy, { ...history("released"), settledAt: saved }),
      ...attemptSeries(policy, {
        ...history("renewed"),
        leases: [
          [0, expiresAt],
          [saved, expiresAt + leaseSeconds],
        ],
      }),
      ...attemptSeries(policy, { ...history("verified"), verifiedAt: saved }),
    ],
    expectations: [
      ...fires("lease_expiring_with_claimed_job", warned, before),
      ...fires("artifact_missing", missing, before),
      ...fires("lease_expiring_with_claimed_job", warned.slice(2), saved),
      ...silent(["artifact_missing"], saved, expiresAt),
      ...silent(["lease_expired"], expiresAt),
      ...silent(
        ["lease_expiring_with_claimed_job", "lease_expired", "artifact_missing"],
        ticks.after(saved + ranges.closeSeconds) + 12 * ticks.step,
      ),
    ],
  };
}

/** A worker that is seen after its lease ran out pages at once; one that was last seen before waits for the grace. */
export function leaseLostAlive(policy: Policy): Scenario {
  const { ticks, leaseSeconds, graceSeconds } = setting(policy);
  const expiresAt = leaseSeconds;
  const seenBy = detectionSeconds(policy);
  const alive = { worker: "alive", job: "J-alive", trace: "t-alive" };
  const dead = { worker: "dead", job: "J-dead", trace: "t-dead" };
  const claim = { claimedAt: 0, leases: [[0, expiresAt]] as const };
  const ofAlive = { labels: attemptLabels(alive), value: unix(expiresAt) };
  const ofDead = { labels: attemptLabels(dead), value: unix(expiresAt) };
  const settle = ticks.after(expiresAt + graceSeconds) + 6 * ticks.step;
  return {
    name: "a worker outlives its lease; another dies with it",
    series: [
      ...attemptSeries(policy, { ...alive, ...claim, settledAt: settle, until: settle }),
      ...lifeSeries(policy, { ...alive, from: 0, until: expiresAt - 2 * ticks.step }),
      ...lifeSeries(policy, { ...alive, instance: "timer", from: expiresAt + ticks.step, until: settle }),
      ...attemptSeries(policy, { ...dead, ...claim, until: expiresAt - 2 * ticks.step }),
      // Seen at the very end of its lease, and not after it.
      ...lifeSeries(policy, { ...dead, from: expiresAt, until: expiresAt }),
    ],
    expectations: [
      ...silent(["lease_expired"], expiresAt, ticks.upTo(expiresAt + Math.min(seenBy, graceSeconds))),
      ...(ticks.after(expiresAt + seenBy) <= ticks.upTo(expiresAt + graceSeconds)
        ? [
            ...fires("lease_expired", [ofAlive], ticks.after(expiresAt + seenBy)),
            ...fires("lease_expired", [ofAlive], ticks.upTo(expiresAt + graceSeconds)),
          ]
        : []),
      ...fires("lease_expired", [ofAlive, ofDead], ticks.after(expiresAt + graceSeconds)),
      ...fires("lease_expired", [ofDead], settle),
    ],
  };
}

/** An artifact of an earlier attempt at the job does not count for the one that holds it now. */
export function artifactOfEarlierAttempt(policy: Policy): Scenario {
  const { ticks, artifactSeconds } = setting(policy);
  const now = { worker: "w1", job: "J1", trace: "t2" };
  const claimedAt = 4 * ticks.step;
  const expiresAt = ticks.from(claimedAt + artifactSeconds) + 4 * ticks.step;
  const firing = {
    labels: { ...attemptLabels(now), kind: "artifact_missing", reason: "lease_expiring" },
    value: unix(expiresAt),
  };
  return {
    name: "the same worker claims a job again, whose artifact was verified in the attempt before",
    series: [
      ...attemptSeries(policy, {
        ...now,
        trace: "t1",
        claimedAt: 0,
        leases: [[0, expiresAt]],
        verifiedAt: ticks.step,
        until: 2 * ticks.step,
      }),
      ...attemptSeries(policy, { ...now, claimedAt, leases: [[claimedAt, expiresAt]], until: claimedAt }),
    ],
    expectations: [
      ...silent(["artifact_missing"], ticks.upTo(expiresAt - artifactSeconds)),
      ...fires("artifact_missing", [firing], ticks.after(expiresAt - artifactSeconds), expiresAt),
    ],
  };
}
