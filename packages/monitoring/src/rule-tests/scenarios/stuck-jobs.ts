/** Alert 7 (a), (b) and (d): a held job without life, without progress, or long past its lease. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { minutes } from "../../rules/durations.ts";
import { unix } from "../clock.ts";
import type { Firing } from "../expectation.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { type AttemptHistory, attemptLabels, attemptSeries, lifeSeries } from "../worker-history.ts";

export function stuckJobs(policy: Policy): Scenario {
  const { ticks, leaseSeconds, warnSeconds } = setting(policy);
  const { thresholds } = policy;
  const life = minutes(thresholds.queue_stuck_no_life_minutes);
  const stall = minutes(thresholds.progress_stall_minutes);
  const overdue = minutes(thresholds.queue_stuck_lease_minutes);
  const seen = ticks.step * 3;
  const refresh = Math.max(ticks.step, ticks.upTo(policy.pipeline.row_refresh_seconds));
  const until = ticks.upTo(leaseSeconds) - ticks.step;
  const living = Array.from({ length: Math.floor((until - seen) / refresh) + 1 }, (_, index) => seen + index * refresh);
  const attempt = (worker: string) => ({ worker, job: `J-${worker}`, trace: `t-${worker}` });
  // Each twice: in a pool whose size is not known, and as the only worker of its pool.
  const pools = [undefined, "only"];
  const poolOf = (worker: string, pool: string | undefined) => (pool === undefined ? undefined : `${pool}-${worker}`);
  const history = (worker: string, over: Partial<AttemptHistory>) =>
    pools.flatMap((pool) => [
      ...(pool === undefined ? [] : lifeSeries(policy, { worker, pool: poolOf(worker, pool), from: 0, until: 0 })),
      ...attemptSeries(policy, {
        ...attempt(worker),
        pool: poolOf(worker, pool),
        claimedAt: 0,
        leases: [[0, leaseSeconds]],
        aliveAt: [0, seen],
        progressAt: [0, seen],
        until: seen,
        ...over,
      }),
    ]);
  const firing = (worker: string, reason: string, value: number): readonly Firing[] =>
    pools.map((pool) => ({
      severity: pool === undefined ? "medium" : "high",
      labels: { ...attemptLabels({ ...attempt(worker), pool: poolOf(worker, pool) }), reason },
      value: unix(value),
    }));
  // The last sign of life for which alert 1 comes first, or at the same time.
  const leaseFirst = ticks.upTo(seen + life + warnSeconds);
  const deadAt = ticks.after(seen + life);
  const hungAt = ticks.after(seen + stall);
  const recovered = Math.max(deadAt, hungAt) + 3 * ticks.step;
  const dies = firing("dies", "no_sign_of_life", seen);
  const releases = firing("releases", "no_sign_of_life", seen);
  const hangs = firing("hangs", "no_progress", seen);
  const moves = firing("moves", "no_progress", seen);
  // A tick more of lease, and alert 1 comes later.
  const longer = firing("longer-lease", "no_sign_of_life", seen);
  const first = [
    [deadAt, dies],
    [deadAt, longer],
    [deadAt, releases],
    [hungAt, hangs],
    [hungAt, moves],
  ] as const;
  const at = (time: number) => first.filter(([from]) => from <= time).flatMap(([, which]) => which);
  return {
    name: "queue_stuck: no life, no progress, a lease that runs out first, recovery, and past the lease",
    series: [
      ...history("dies", {}),
      ...history("dies", { replica: "2", aliveAt: [0], progressAt: [0], until: 0 }),
      ...history("releases", { settledAt: recovered, until: recovered }),
      ...history("short-lease", { leases: [[0, leaseFirst]] }),
      ...history("longer-lease", { leases: [[0, leaseFirst + ticks.step]] }),
      ...history("hangs", { aliveAt: living, progressAt: [0, seen], until }),
      ...history("moves", { aliveAt: living, progressAt: [0, seen, recovered], until: Math.max(until, recovered) }),
      // It lives, moves now and then, and is well.
      ...history("works", { aliveAt: living, progressAt: living, until }),
    ],
    expectations: [
      ...silent(["queue_stuck"], seen, Math.min(deadAt, hungAt) - ticks.step),
      ...fires("queue_stuck", at(deadAt), deadAt),
      ...fires("queue_stuck", at(hungAt), hungAt),
      ...(leaseFirst + overdue > recovered ? fires("queue_stuck", at(recovered), recovered - ticks.step) : []),
      ...(leaseFirst + overdue > recovered ? fires("queue_stuck", [...dies, ...longer, ...hangs], recovered) : []),
      ...(leaseFirst + overdue > recovered ? silent(["queue_stuck_pool"], recovered) : []),
      ...fires(
        "queue_stuck",
        [...dies, ...longer, ...hangs, ...firing("short-lease", "lease_overdue", leaseFirst)],
        Math.max(recovered, ticks.after(leaseFirst + overdue)),
      ),
    ],
  };
}
