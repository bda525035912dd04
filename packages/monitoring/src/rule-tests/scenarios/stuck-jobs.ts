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
  // Each three times: in a pool whose size is not known, as the only worker of its pool, and as both workers of one.
  const pools = [undefined, "only", "both"];
  const poolOf = (worker: string, pool: string | undefined) => (pool === undefined ? undefined : `${pool}-${worker}`);
  const membersOf = (worker: string) =>
    pools.flatMap((name) => {
      const members = name === "both" ? [worker, `${worker}-too`] : [worker];
      return members.map((member) => ({ pool: poolOf(worker, name), who: attempt(member) }));
    });
  const history = (worker: string, over: Partial<AttemptHistory>) =>
    membersOf(worker).flatMap(({ pool, who }) => [
      ...(pool === undefined ? [] : lifeSeries(policy, { worker: who.worker, pool, from: 0, until: 0 })),
      ...attemptSeries(policy, {
        ...who,
        pool,
        claimedAt: 0,
        leases: [[0, leaseSeconds]],
        aliveAt: [0, seen],
        progressAt: [0, seen],
        until: seen,
        ...over,
      }),
    ]);
  const firing = (worker: string, reason: string, value: number): readonly Firing[] =>
    membersOf(worker).map(({ pool, who }) => ({
      severity: pool === poolOf(worker, "only") ? "high" : "medium",
      labels: { ...attemptLabels({ ...who, pool }), reason },
      value: unix(value),
    }));
  const ofPool = (...workers: readonly string[]): readonly Firing[] =>
    workers.map((worker) => ({ labels: { worker_pool: poolOf(worker, "both") ?? "" }, value: 2 }));
  // The last sign of life for which alert 1 comes first, or at the same time.
  const leaseFirst = ticks.upTo(seen + life + warnSeconds);
  const deadAt = ticks.after(seen + life);
  const hungAt = ticks.after(seen + stall);
  const recovered = ticks.after(Math.max(deadAt, hungAt, seen + stall + life)) + 3 * ticks.step;
  const dies = firing("dies", "no_sign_of_life", seen);
  const releases = firing("releases", "no_sign_of_life", seen);
  const hangs = firing("hangs", "no_progress", seen);
  const moves = firing("moves", "no_progress", seen);
  // A tick more of lease, and alert 1 comes later.
  const longer = firing("longer-lease", "no_sign_of_life", seen);
  // Seen until just so long ago that it hangs, or is dead.
  const seenFor = ticks.upTo(Math.max(0, stall - 2 * policy.pipeline.row_refresh_seconds));
  const lives = (until: number) => [0, ...living.filter((time) => time < until), until];
  const goneAt = ticks.after(seen + seenFor + ticks.step + life);
  const first = [
    { name: "dies", from: deadAt, alerts: dies },
    { name: "longer-lease", from: deadAt, alerts: longer },
    { name: "releases", from: deadAt, to: recovered, alerts: releases },
    { name: "hangs", from: hungAt, alerts: hangs },
    { name: "moves", from: hungAt, to: recovered, alerts: moves },
    { name: "just-hangs", from: hungAt, to: goneAt, alerts: firing("just-hangs", "no_progress", seen) },
    {
      name: "just-hangs",
      from: goneAt,
      alerts: firing("just-hangs", "no_sign_of_life", seen + seenFor + ticks.step),
    },
    {
      name: "just-dies",
      from: ticks.after(seen + seenFor + life),
      alerts: firing("just-dies", "no_sign_of_life", seen + seenFor),
    },
  ];
  const overdueAt = ticks.after(leaseFirst + overdue);
  const later = Math.max(recovered, overdueAt);
  const at = (time: number) => {
    const there = first.filter(({ from, to = Number.POSITIVE_INFINITY }) => from <= time && time < to);
    const overdues = time >= overdueAt ? ["short-lease"] : [];
    return [
      ...fires(
        "queue_stuck",
        [
          ...there.flatMap(({ alerts }) => alerts),
          ...overdues.flatMap((name) => firing(name, "lease_overdue", leaseFirst)),
        ],
        time,
      ),
      ...fires("queue_stuck_pool", ofPool(...there.map(({ name }) => name), ...overdues), time),
    ];
  };
  const lastLooks = [overdueAt - ticks.step, overdueAt, recovered - ticks.step, recovered, later - ticks.step, later];
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
      ...history("just-hangs", { aliveAt: lives(seen + seenFor + ticks.step), until: seen + seenFor + ticks.step }),
      ...history("just-dies", { aliveAt: lives(seen + seenFor), until: seen + seenFor }),
      // It lives, moves now and then, and is well.
      ...history("works", { aliveAt: living, progressAt: living, until }),
      // A replica lags behind in its progress.
      ...history("works", { replica: "2", aliveAt: living, progressAt: [0], until }),
    ],
    expectations: [
      ...silent(["queue_stuck", "queue_stuck_pool"], seen, Math.min(deadAt, hungAt) - ticks.step),
      ...[...new Set([deadAt, hungAt - ticks.step, hungAt, ...lastLooks])]
        .sort((left, right) => left - right)
        .flatMap(at),
    ],
  };
}
