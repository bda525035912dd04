/** How long a page takes: computed from the policy, so that thresholds can be held to it. */
import type { Policy, Severity } from "./policy.ts";

/**
 * Seconds allowed for what no interval covers: requests between worker, Collector, Prometheus, Alertmanager and receiver,
 * and their evaluation. Measured below 1 s on loopback; 5 leaves room for a network.
 */
export const TRANSPORT_MARGIN_SECONDS: number = 5;

/**
 * Longest time from a fault until the rules have seen it, in seconds: one export interval, one rule interval and the margin.
 */
export function detectionSeconds(policy: Pick<Policy, "pipeline">): number {
  const { export_interval_seconds, rule_interval_seconds } = policy.pipeline;
  return export_interval_seconds + rule_interval_seconds + TRANSPORT_MARGIN_SECONDS;
}

/**
 * Longest time from a fault to its page, in seconds, for an alert of `severity` that fires at its first evaluation:
 * {@link detectionSeconds} and the severity's `group_wait_seconds`. `forSeconds` is added for a rule that waits.
 *
 * @example
 * ```ts
 * pageLatencySeconds(defaultPolicy, "high"); // 30
 * ```
 */
export function pageLatencySeconds(
  policy: Pick<Policy, "pipeline" | "severities">,
  severity: Severity,
  forSeconds = 0,
): number {
  return detectionSeconds(policy) + forSeconds + policy.severities[severity].group_wait_seconds;
}
