/** What the first tick says, before any deep scan has seen the rows: they arrive together, from two attempts or from two replicas. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { unix } from "../clock.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { attemptLabels, attemptSeries } from "../worker-history.ts";

export function firstTicks(policy: Policy): Scenario {
  const { ticks, ranges, leaseSeconds, warnSeconds } = setting(policy);
  const at = 3 * ticks.step;
  const attempt = (worker: string, trace = `t-${worker}`) => ({ worker, job: `J-${worker}`, trace });
  const short = ticks.upTo(at + warnSeconds - ticks.step);
  const long = at + leaseSeconds;
  const renewedAt = at + 4 * ticks.step;
  const firing = (worker: string) => ({ labels: attemptLabels(attempt(worker)), value: unix(short) });
  return {
    name: "rows that arrive together: a lease that is short already, a job claimed twice, and replicas that differ",
    series: [
      ...attemptSeries(policy, {
        ...attempt("short"),
        claimedAt: at,
        leases: [[at, short]],
        verifiedAt: at,
        until: at,
      }),
      // Both of its claims are heard of at once.
      ...attemptSeries(policy, {
        ...attempt("twice"),
        claimedAt: at,
        leases: [[at, short]],
        verifiedAt: at,
        until: at,
      }).map((row) => (row.series.startsWith("worker_claim_started_at") ? earlier(row, at) : row)),
      ...attemptSeries(policy, {
        ...attempt("twice", "t-again"),
        claimedAt: at,
        leases: [[at, long]],
        verifiedAt: at,
        until: at,
      }),
      // One of two replicas has heard of a renewal: at the claim, or later.
      ...["1", "2"].flatMap((replica) => [
        ...attemptSeries(policy, {
          ...attempt("renewed"),
          replica,
          claimedAt: at,
          leases: [[at, replica === "1" ? long : short]],
          verifiedAt: at,
          until: at,
        }),
        ...attemptSeries(policy, {
          ...attempt("renewed-later"),
          replica,
          claimedAt: at,
          leases: [[at, short] as const, ...(replica === "1" ? [[renewedAt, long] as const] : [])],
          verifiedAt: at,
          until: renewedAt,
        }),
      ]),
    ],
    expectations: [
      ...fires(
        "lease_expiring_with_claimed_job",
        [firing("short"), firing("renewed-later")],
        at,
        at + ticks.step,
        renewedAt - ticks.step,
      ),
      ...fires("lease_expiring_with_claimed_job", [firing("short")], renewedAt, renewedAt + ticks.step),
      // For as long as their leases are readable, their artifacts are.
      ...silent(["artifact_missing"], ticks.upTo(at + ranges.openSeconds - ticks.step)),
    ],
  };
}

/** The row of a claim that was a second before it was told. */
function earlier<T extends { readonly values: string }>(row: T, at: number): T {
  return { ...row, values: row.values.replaceAll(String(unix(at)), String(unix(at) - 1)) };
}
