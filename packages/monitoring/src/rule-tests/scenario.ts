/** One test of the rules: what Prometheus holds, and which alerts must be there at which tick. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { WatchdogAlertKey } from "../alerts/alert-definition.ts";
import { minutes } from "../rules/durations.ts";
import { type Ranges, ranges } from "../rules/ranges.ts";
import { type Ticks, ticks } from "./clock.ts";
import type { Expectation, Firing } from "./expectation.ts";
import type { InputSeries } from "./series.ts";

/** Prometheus' own lookback: what an instant selector sees of a dead worker is gone after it. */
export const LOOKBACK_SECONDS = 300;

/** One test. */
export interface Scenario {
  readonly name: string;
  readonly series: readonly InputSeries[];
  readonly expectations: readonly Expectation[];
  /** How often the rules are evaluated, in seconds. Default: the policy's interval; a scenario of days needs a longer one, and says why nothing hides between. */
  readonly evaluationSeconds?: number | undefined;
  /** How far apart the samples are, in seconds. Default: the policy's rule interval. */
  readonly sampleSeconds?: number | undefined;
}

/** What scenarios are written with: times of the policy, in seconds. */
export interface Setting {
  readonly policy: Policy;
  readonly ticks: Ticks;
  readonly ranges: Ranges;
  /** Length of a lease in the tests: the longest that is allowed, so that ranges are tried to their end. */
  readonly leaseSeconds: number;
  readonly warnSeconds: number;
  readonly artifactSeconds: number;
  readonly graceSeconds: number;
}

/** The times of `policy`. */
export function setting(policy: Policy): Setting {
  const { thresholds } = policy;
  const grid = ticks(policy);
  return {
    policy,
    ticks: grid,
    ranges: ranges(policy),
    leaseSeconds: grid.upTo(minutes(thresholds.lease_max_minutes)),
    warnSeconds: minutes(thresholds.lease_remaining_minutes_warn),
    artifactSeconds: minutes(thresholds.artifact_missing_lease_minutes),
    graceSeconds: thresholds.lease_expired_grace_seconds,
  };
}

/** Expects none of `alerts` at each of `times`. */
export function silent(alerts: readonly WatchdogAlertKey[], ...times: readonly number[]): readonly Expectation[] {
  return times.flatMap((at) => alerts.map((alert) => ({ at, alert, firing: [] })));
}

/** Expects exactly `firing` of `alert` at each of `times`. */
export function fires(
  alert: WatchdogAlertKey,
  firing: readonly Firing[],
  ...times: readonly number[]
): readonly Expectation[] {
  return times.map((at) => ({ at, alert, firing }));
}
