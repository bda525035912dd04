/** Alert 7 (c): a job waits, workers ask, and none of them gets one. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { Firing } from "../expectation.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { attemptSeries, lifeSeries } from "../worker-history.ts";

export function waitingJobs(policy: Policy): Scenario {
  const { ticks, ranges, leaseSeconds } = setting(policy);
  const waits = policy.thresholds.queue_stuck_pending_minutes * 60;
  const oldestAt = 0;
  const asked = 4 * ticks.step;
  const at = ticks.after(oldestAt + waits);
  // A claim of so long ago is no excuse any more.
  const claimedBefore = asked - ticks.step;
  const forgotten = ticks.from(claimedBefore + waits);
  const got = forgotten + 2 * ticks.step;
  const ends = asked + ranges.streakSeconds;
  const until = got + 12 * ticks.step;
  const asks = (pool: string, over: Partial<Parameters<typeof lifeSeries>[1]> = {}) =>
    lifeSeries(policy, {
      pool,
      worker: "w0",
      from: 0,
      until,
      claims: [[asked, 1]],
      backlog: { at: asked, pending: 4, oldestAt },
      ...over,
    });
  const claims = (pool: string, claimedAt: number, job = "J1") =>
    attemptSeries(policy, {
      pool,
      worker: "w1",
      job,
      trace: `t-${job}`,
      claimedAt,
      leases: [[claimedAt, claimedAt + leaseSeconds]],
      settledAt: claimedAt,
      until: claimedAt,
    });
  const firing = (...pools: readonly string[]): readonly Firing[] =>
    pools.map((worker_pool) => ({ labels: { worker_pool }, value: 1 }));
  return {
    name: "queue_stuck_pool: a job waits, and a claim gets one at last, got one lately, or got the very one",
    series: [
      // One sample and no more: the pool died with its jobs waiting.
      ...asks("stuck", { until: asked }),
      ...asks("stuck", { until: asked, replica: "2" }),
      ...asks("moves"),
      ...claims("moves", got),
      // Claimed by another worker, less than that long ago.
      ...asks("lately"),
      ...claims("lately", ticks.upTo(waits / 2)),
      ...claims("lately", 0, "J0"),
      // The worker got that very job; what it heard before is history.
      ...asks("history", { claims: [[asked, 0]] }),
      ...claims("history", asked),
      // The worker's clock is ahead of the queue's.
      ...asks("clock-ahead", { claims: [[asked, 0]] }),
      ...claims("clock-ahead", claimedBefore),
      // Another worker got one at the very moment, and nobody has asked since.
      ...asks("same-moment"),
      ...claims("same-moment", asked),
      // One worker got a job and heard that no other waits; then the next one asked.
      ...asks("forgotten"),
      ...asks("forgotten", {
        worker: "w1",
        claims: [[claimedBefore, 0]],
        backlog: { at: claimedBefore, pending: 0, oldestAt },
      }),
      ...claims("forgotten", claimedBefore),
      ...asks("forgotten", { replica: "2", claims: [[0, 1]] }),
      // Restarted under another instance id: the new process heard that nothing waits, or hears nothing of it.
      ...asks("restarted", { instance: "old" }),
      ...asks("restarted", {
        instance: "new",
        claims: [[asked + ticks.step, 1]],
        backlog: { at: asked + ticks.step, pending: 0, oldestAt },
      }),
      ...asks("restarted-deaf", { instance: "old" }),
      ...asks("restarted-deaf", { instance: "new", claims: [[asked + ticks.step, 1]], backlog: undefined }),
      // A replica lags behind: the job that waited is gone, or it has not heard yet that any waits.
      ...asks("oldest-lags", { backlog: { at: asked, pending: 4, oldestAt: ends } }),
      ...asks("oldest-lags", { replica: "2" }),
      ...asks("number-lags"),
      ...asks("number-lags", { replica: "2", backlog: { at: asked, pending: 0, oldestAt } }),
      // Another worker asked later, and heard that nothing waits any more.
      ...asks("newer-word"),
      ...asks("newer-word", {
        worker: "w2",
        claims: [[asked + ticks.step, 1]],
        backlog: { at: asked + ticks.step, pending: 0, oldestAt },
      }),
      ...asks("newer-word-dead", { until: asked }),
      ...asks("newer-word-dead", {
        worker: "w2",
        claims: [[asked + ticks.step, 1]],
        backlog: { at: asked + ticks.step, pending: 0, oldestAt },
        until: asked + ticks.step,
      }),
      ...asks("empty", { backlog: { at: asked, pending: 0, oldestAt } }),
      ...asks("empty-dead", { until: asked, backlog: { at: asked, pending: 0, oldestAt } }),
    ],
    expectations: [
      ...silent(["queue_stuck_pool"], asked, at - ticks.step),
      ...fires("queue_stuck_pool", firing("stuck", "moves", "number-lags"), at, forgotten - ticks.step),
      ...fires("queue_stuck_pool", firing("stuck", "moves", "number-lags", "forgotten"), forgotten, got - ticks.step),
      ...fires("queue_stuck_pool", firing("stuck", "number-lags", "forgotten"), got, got + 6 * ticks.step),
      // Of those that went on asking there are later words.
      ...fires("queue_stuck_pool", firing("stuck", "number-lags", "forgotten"), ticks.upTo(ends - ticks.step)),
      ...silent(["queue_stuck_pool"], ticks.after(until + ranges.streakSeconds) + ticks.step),
    ],
  };
}
