/** Alert 6 at once: a living worker says that it lost its lease, long before the grace, and even before the expiry. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { unix } from "../clock.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { attemptLabels, attemptSeries } from "../worker-history.ts";

export function leaseTakenAway(policy: Policy): Scenario {
  const { ticks, leaseSeconds } = setting(policy);
  const at = 4 * ticks.step;
  const ends = at + 6 * ticks.step;
  const attempt = (worker: string) => ({ worker, job: `J-${worker}`, trace: `t-${worker}` });
  const lost = (worker: string, over: { settledAt?: number; clearedAt?: number } = {}) =>
    attemptSeries(policy, {
      ...attempt(worker),
      claimedAt: 0,
      leases: [[0, leaseSeconds]],
      verifiedAt: ticks.step,
      settledAt: over.settledAt,
      incidents: [{ kind: "lease_lost", reason: "taken_over", at, clearedAt: over.clearedAt }],
      until: Math.max(at, over.settledAt ?? 0, over.clearedAt ?? 0),
    });
  const firing = (worker: string) => ({ labels: attemptLabels(attempt(worker)), value: unix(leaseSeconds) });
  return {
    name: "a worker says that it lost its lease; released, got back, taken by another worker, or left so",
    series: [
      ...lost("dies"),
      ...lost("releases", { settledAt: ends }),
      ...lost("gets-back", { clearedAt: ends }),
      ...lost("loses"),
      ...attemptSeries(policy, {
        worker: "takes",
        job: "J-loses",
        trace: "t-takes",
        claimedAt: ends,
        leases: [[ends, ends + leaseSeconds]],
        verifiedAt: ends,
        until: ends,
      }),
      // The same worker claims it again: the new attempt lost nothing.
      ...lost("loses-and-claims"),
      ...attemptSeries(policy, {
        ...attempt("loses-and-claims"),
        trace: "t-claims-again",
        claimedAt: ends,
        leases: [[ends, ends + leaseSeconds]],
        verifiedAt: ends,
        until: ends,
      }),
      // Settled in the same breath: nothing was lost.
      ...lost("settles", { settledAt: at }),
      // Another kind of incident loses no lease.
      ...attemptSeries(policy, {
        ...attempt("other"),
        claimedAt: 0,
        leases: [[0, leaseSeconds]],
        incidents: [{ kind: "phase_failed", reason: "build", at }],
        until: at,
      }),
    ],
    expectations: [
      ...silent(["lease_expired"], at - ticks.step),
      ...fires(
        "lease_expired",
        ["dies", "releases", "gets-back", "loses", "loses-and-claims"].map(firing),
        at,
        ends - ticks.step,
      ),
      ...fires("lease_expired", [firing("dies")], ends, ends + 6 * ticks.step),
    ],
  };
}
