/** Alert 8: heartbeats that come to nothing, counted for each worker by its newest process. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { fires, LOOKBACK_SECONDS, type Scenario, setting, silent } from "../scenario.ts";
import { lifeSeries, workerLabels } from "../worker-history.ts";

export function silentLoops(policy: Policy): Scenario {
  const { ticks, ranges } = setting(policy);
  const { thresholds } = policy;
  const needed = Math.max(thresholds.silent_heartbeats_warn_count, thresholds.repeated_no_job_warn_count);
  const every = 3 * ticks.step;
  const counts = Array.from({ length: needed }, (_, index) => [index * every, index + 1] as const);
  const reached = (needed - 1) * every;
  const ended = reached + every;
  const horizon = reached + ranges.streakSeconds + 12 * ticks.step;
  const firing = (worker: string, pool?: string) => ({
    severity: pool === undefined ? ("medium" as const) : ("high" as const),
    labels: workerLabels({ worker, pool }),
    value: needed,
  });
  return {
    name: "silent_loop: below, at, an artifact at last, a death, a restart",
    series: [
      ...lifeSeries(policy, { worker: "delivers", from: 0, until: horizon, silent: [...counts, [ended, 0]] }),
      ...lifeSeries(policy, { worker: "below", from: 0, until: horizon, silent: counts.slice(0, -1) }),
      ...lifeSeries(policy, { worker: "dies", from: 0, until: reached, silent: counts }),
      ...lifeSeries(policy, { worker: "dies", replica: "2", from: 0, until: reached, silent: counts }),
      ...lifeSeries(policy, { worker: "restarts", instance: "old", from: 0, until: reached, silent: counts }),
      ...lifeSeries(policy, { worker: "restarts", instance: "new", from: ended, until: horizon, silent: [[ended, 0]] }),
      // The only one of its pool.
      ...lifeSeries(policy, { worker: "alone", pool: "small", from: 0, until: reached, silent: counts }),
    ],
    expectations: [
      ...silent(["silent_loop"], 0, reached - ticks.step),
      ...fires(
        "silent_loop",
        [firing("delivers"), firing("dies"), firing("restarts"), firing("alone", "small")],
        reached,
        ended - ticks.step,
      ),
      ...fires(
        "silent_loop",
        [firing("dies"), firing("alone", "small")],
        ended,
        ended + ticks.step,
        // Long after its last sample.
        ticks.after(reached + LOOKBACK_SECONDS),
      ),
      ...silent(["silent_loop"], ticks.after(reached + ranges.streakSeconds) + ticks.step),
    ],
  };
}
