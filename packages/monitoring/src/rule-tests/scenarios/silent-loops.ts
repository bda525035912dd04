/** Alert 8: heartbeats that come to nothing, counted for each worker by its newest process. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { fires, LOOKBACK_SECONDS, type Scenario, setting, silent } from "../scenario.ts";
import { type LifeHistory, lifeSeries, workerLabels } from "../worker-history.ts";

export function silentLoops(policy: Policy): Scenario {
  const { ticks, ranges } = setting(policy);
  const { thresholds } = policy;
  const needed = Math.max(thresholds.silent_heartbeats_warn_count, thresholds.repeated_no_job_warn_count);
  const every = 3 * ticks.step;
  const counts = Array.from({ length: needed }, (_, index) => [index * every, index + 1] as const);
  const reached = (needed - 1) * every;
  const ended = reached + every;
  const horizon = reached + ranges.streakSeconds + 12 * ticks.step;
  // Each twice: as one of many, and as the only worker of its pool.
  const pools = [undefined, "only"];
  const poolOf = (worker: string, pool: string | undefined) => (pool === undefined ? undefined : `${pool}-${worker}`);
  const history = (worker: string, life: Omit<LifeHistory, "worker" | "pool">) =>
    pools.flatMap((pool) => lifeSeries(policy, { worker, pool: poolOf(worker, pool), ...life }));
  const firing = (...workers: readonly string[]) =>
    workers.flatMap((worker) =>
      pools.map((pool) => ({
        severity: pool === undefined ? ("medium" as const) : ("high" as const),
        labels: workerLabels({ worker, pool: poolOf(worker, pool) }),
        value: needed,
      })),
    );
  return {
    name: "silent_loop: below, at, an artifact at last, a death, a restart",
    series: [
      ...history("delivers", { from: 0, until: horizon, silent: [...counts, [ended, 0]] }),
      ...history("below", { from: 0, until: horizon, silent: counts.slice(0, -1) }),
      ...history("dies", { from: 0, until: reached, silent: counts }),
      ...history("dies", { replica: "2", from: 0, until: reached, silent: counts }),
      ...history("restarts", { instance: "old", from: 0, until: reached, silent: counts }),
      ...history("restarts", { instance: "new", from: ended, until: horizon, silent: [[ended, 0]] }),
      // A worker of the same name in another pool is seen later.
      ...lifeSeries(policy, { worker: "dies", pool: "elsewhere", from: ended, until: horizon, silent: [[ended, 0]] }),
    ],
    expectations: [
      ...silent(["silent_loop"], 0, reached - ticks.step),
      ...fires("silent_loop", firing("delivers", "dies", "restarts"), reached, ended - ticks.step),
      ...fires(
        "silent_loop",
        firing("dies"),
        ended,
        ended + ticks.step,
        // Long after its last sample, and at the end.
        ticks.after(reached + LOOKBACK_SECONDS),
        ticks.upTo(reached + ranges.streakSeconds - ticks.step),
      ),
      ...silent(["silent_loop"], ticks.after(reached + ranges.streakSeconds) + ticks.step),
    ],
  };
}
