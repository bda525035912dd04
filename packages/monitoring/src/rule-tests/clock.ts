/** Time in rule tests: seconds since the test's start, on the ticks of the rules. */
import type { Policy } from "@worker-watchdog/sdk/policy";

/** Start of every test. Gauges hold unix seconds, so a test needs a real date to be readable. */
export const START = "2026-11-21T00:00:00Z";
const START_UNIX_SECONDS = Date.parse(START) / 1_000;

/** Unix seconds of `seconds` after the start. */
export function unix(seconds: number): number {
  return START_UNIX_SECONDS + seconds;
}

/** The ticks of a policy: rules are evaluated, and samples come, on multiples of the rule interval. */
export interface Ticks {
  /** One tick, in seconds. */
  readonly step: number;
  /** The last tick that is not after `seconds`. */
  readonly upTo: (seconds: number) => number;
  /** The first tick after `seconds`. */
  readonly after: (seconds: number) => number;
  /** The first tick that is not before `seconds`. */
  readonly from: (seconds: number) => number;
}

/** The ticks of `policy`. */
export function ticks({ pipeline }: Policy): Ticks {
  const step = pipeline.rule_interval_seconds;
  const upTo = (seconds: number) => Math.floor(seconds / step) * step;
  return { step, upTo, after: (seconds) => upTo(seconds) + step, from: (seconds) => Math.ceil(seconds / step) * step };
}
