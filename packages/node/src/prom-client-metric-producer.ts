/** An application's prom-client metrics for the reader of a MeterProvider. */
import { emptyResource } from "@opentelemetry/resources";
import type { CollectionResult, MetricProducer } from "@opentelemetry/sdk-metrics";
import { PROM_CLIENT_TIMEOUT_MILLIS, PromClientCollector, type PromClientRegistry } from "./prom-client-collector.ts";
import { promClientMetricData } from "./prom-client-metrics.ts";

/** Options of {@link promClientMetricProducer}. */
export interface PromClientMetricProducerOptions {
  /** How long one collection waits for a metric that fetches its value, in milliseconds. Default: 500. */
  readonly collectTimeoutMillis?: number | undefined;
  /** Now, in unix milliseconds. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** Instrumentation scope of what comes from prom-client. */
export const PROM_CLIENT_SCOPE = "prom-client";

/**
 * A producer of every metric in a prom-client registry, so that they are pushed over OTLP under the names that a scrape gives:
 * counters as cumulative sums since the process started, gauges, histograms with their own buckets; a summary as a gauge for each
 * quantile (attribute `quantile`) and the sums `_sum` and `_count`. A value that is not finite is left out. A metric that throws, or whose
 * `collect()` hangs, is left out and reported, and the others are not.
 *
 * @example
 * ```ts
 * const reader = new PeriodicExportingMetricReader({
 *   exporter: new OTLPMetricExporter(),
 *   metricProducers: [watchdogMetricProducer(), promClientMetricProducer(register)],
 * });
 * ```
 */
export function promClientMetricProducer(
  registry: PromClientRegistry,
  options: PromClientMetricProducerOptions = {},
): MetricProducer {
  const { collectTimeoutMillis = PROM_CLIENT_TIMEOUT_MILLIS, now = Date.now } = options;
  const collector = new PromClientCollector(registry, collectTimeoutMillis);
  const startMillis = Math.floor(performance.timeOrigin);
  return {
    async collect(): Promise<CollectionResult> {
      const { metrics: collected, errors } = await collector.collect();
      const times = { startMillis, nowMillis: now() };
      const metrics = collected.flatMap((metric) => promClientMetricData(metric, times));
      return {
        resourceMetrics: {
          resource: emptyResource(),
          scopeMetrics: metrics.length === 0 ? [] : [{ scope: { name: PROM_CLIENT_SCOPE }, metrics }],
        },
        errors: [...errors],
      };
    },
  };
}
