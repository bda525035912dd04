/** How long a page takes: computed from the policy, so that thresholds can be held to it. */
import type { Policy, Severity } from "./policy.ts";

/**
 * Seconds allowed for what no interval covers: requests between worker, Collector, Prometheus, Alertmanager and receiver,
 * and their evaluation. Measured below 1 s on loopback; 5 leaves room for a network.
 */
export const TRANSPORT_MARGIN_SECONDS: number = 5;

/** What a rule adds to the time until its page. */
export interface RuleTiming {
  /** The rule's own `for`. Default: 0. */
  readonly forSeconds?: number | undefined;
  /** It is evaluated once in `slow_rule_interval_seconds`. Default: false. */
  readonly isSlow?: boolean | undefined;
}

/**
 * Longest time from a fault until the rules have seen it, in seconds: one export interval, one rule interval and the margin.
 */
export function detectionSeconds(
  policy: Pick<Policy, "pipeline">,
  { forSeconds = 0, isSlow }: RuleTiming = {},
): number {
  const { export_interval_seconds, rule_interval_seconds, slow_rule_interval_seconds } = policy.pipeline;
  const intervalSeconds = isSlow ? slow_rule_interval_seconds : rule_interval_seconds;
  return export_interval_seconds + intervalSeconds + forSeconds + TRANSPORT_MARGIN_SECONDS;
}

/**
 * Longest time from a fault to its page, in seconds, for an alert of `severity` that fires at its first evaluation:
 * {@link detectionSeconds} and the severity's `group_wait_seconds`.
 *
 * @example
 * ```ts
 * pageLatencySeconds(defaultPolicy, "high"); // 30
 * ```
 */
export function pageLatencySeconds(
  policy: Pick<Policy, "pipeline" | "severities">,
  severity: Severity,
  timing: RuleTiming = {},
): number {
  return detectionSeconds(policy, timing) + policy.severities[severity].group_wait_seconds;
}
