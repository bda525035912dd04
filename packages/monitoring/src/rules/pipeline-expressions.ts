/** Expressions over the servers' own metrics: counters that are absent until they first rise, and servers that are scraped no more. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { RuleContext } from "../alerts/alert-definition.ts";
import { duration } from "./durations.ts";
import { LABELS } from "./labels.ts";
import { SERVER_METRICS, type ServerMetric } from "./server-metrics.ts";

/** The servers, as the policy names their scrape jobs. */
export type Server = "collector" | "prometheus" | "alertmanager";

/** Samples that a quick look takes in: two scrapes at least, so that one that failed decides nothing. */
const QUICK_SCRAPES = 2.5;

/** A server's metric, with further matchers. */
export function ofServer(server: Server, metric: ServerMetric, policy: Policy, ...matchers: readonly string[]): string {
  return `${metric}{${[`job="${policy.telemetry[`${server}_job`]}"`, ...matchers].join(",")}}`;
}

/**
 * Counters of a server that rose within `seconds`, also where the rise is their first sample: the Collector has no counter before its
 * first event. Where Prometheus itself was away that long ago, nobody knows whether the counter was there: that is no rise.
 */
export function rose(
  server: Server,
  metric: ServerMetric,
  seconds: number,
  { policy, ranges }: RuleContext,
  ...matchers: readonly string[]
): string {
  const series = ofServer(server, metric, policy, ...matchers);
  const up = ofServer(server, SERVER_METRICS.up, policy);
  const window = duration(seconds);
  return `increase(${series}[${window}]) > 0
or
(
  ${series} > 0 unless ${series} offset ${window}
  unless on (instance)
  (last_over_time(${up}[${duration(ranges.closeSeconds)}] offset ${window}) unless ${up} offset ${window})
)`;
}

/** Any of `metrics` that rose, summed by `labels`. */
export function anyRose(
  metrics: readonly ServerMetric[],
  { by, seconds }: { readonly by: string; readonly seconds: number },
  context: RuleContext,
): string {
  const each = metrics.map((metric) => rose("collector", metric, seconds, context));
  return `sum by (${by}) (\n${each.join("\nor\n")}\n)`;
}

/** Whether a server was scraped within the range and no instance of it answers now: neither a target that fails nor one that is gone. */
export function noneUp(server: Server, { policy, ranges }: RuleContext): string {
  const up = ofServer(server, SERVER_METRICS.up, policy);
  return `max(last_over_time(${up}[${duration(ranges.openSeconds)}])) unless max(${up}) == 1`;
}

/** Half of `failing_seconds`: what fails in each of these for so long fails for good. */
export function troubleSeconds({ telemetry }: Policy): number {
  return telemetry.failing_seconds / 2;
}

/** How far back a quick look goes. */
export function quickSeconds({ telemetry }: Policy): number {
  return QUICK_SCRAPES * telemetry.scrape_interval_seconds;
}

/** `expr` with a reason. */
export function because(reason: string, expr: string): string {
  return `label_replace(\n${expr},\n"${LABELS.reason}", "${reason}", "", ""\n)`;
}
