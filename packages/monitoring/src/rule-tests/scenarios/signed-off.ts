/** Workers that signed off with empty or silent heartbeats behind them: they count no more, wherever the others of their pool stand. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { Firing } from "../expectation.ts";
import { fires, type Scenario, setting } from "../scenario.ts";
import { lifeSeries, workerLabels } from "../worker-history.ts";
import { names, needed } from "./pool-shares.ts";

export function signedOff(policy: Policy): Scenario {
  const { ticks } = setting(policy);
  const { repeated_no_job_warn_count: empty, silent_heartbeats_warn_count } = policy.thresholds;
  const silentCount = Math.max(silent_heartbeats_warn_count, empty);
  const at = 3 * ticks.step;
  // It has done as many in vain as the page needs, signs off with its last sign of life, or lives on.
  const worker = (pool: string | undefined, name: string, streak: number, isStopped: boolean) =>
    lifeSeries(policy, {
      pool,
      worker: name,
      from: at,
      until: at,
      claims: [[at, streak]],
      silent: [[at, streak >= empty ? silentCount : 0]],
      ...(isStopped ? { stoppedAt: at } : {}),
    });
  const enough = needed(policy, 20);
  const share = names(20).slice(0, enough);
  const each = (pool: string, workers: readonly string[], severity: "high" | "medium") =>
    workers.map((name): { readonly labels: Record<string, string>; readonly severity: "high" | "medium" } => ({
      severity,
      labels: workerLabels({ worker: name, pool }),
    }));
  const those = [
    ...each("one-left", ["w0"], "high"),
    ...each("two-left", ["w0", "w1"], "medium"),
    ...each("one-idle", ["w0"], "medium"),
    ...each("share", share, "medium"),
  ];
  const pool = (name: string, value: number): Firing => ({ labels: { worker_pool: name }, value });
  return {
    name: "workers that signed off count no more: of one, of two and of many, and in a pool of the same names",
    series: [
      ...worker("one-left", "w0", empty, false),
      ...worker("one-left", "gone", empty, true),
      ...worker("two-left", "w0", empty, false),
      ...worker("two-left", "w1", empty, false),
      ...worker("two-left", "gone", empty, true),
      // Only one has asked often enough.
      ...worker("one-idle", "w0", empty, false),
      ...worker("one-idle", "w1", 1, false),
      ...worker("one-idle", "gone", empty, true),
      // Nobody who is left has.
      ...worker("asking", "w0", 1, false),
      ...worker("asking", "w1", 1, false),
      ...worker("asking", "gone", empty, true),
      // As many as it takes of many.
      ...names(20).flatMap((name, index) => worker("share", name, index < enough ? empty : 0, false)),
      ...worker("share", "gone", empty, true),
      ...names(20).flatMap((name) => worker("elsewhere", name, empty, true)),
    ],
    expectations: [
      ...fires(
        "repeated_no_job",
        those.map(({ labels }) => ({ labels, value: empty })),
        at,
      ),
      ...fires("repeated_no_job_pool", [pool("two-left", 2), pool("one-idle", 2), pool("share", enough)], at),
      ...fires(
        "silent_loop",
        those.map((alert) => ({ ...alert, value: silentCount })),
        at,
      ),
      ...fires("silent_loop_pool", [pool("two-left", 2), pool("share", enough)], at),
    ],
  };
}
