/** The rows for applications that own their MeterProvider. */
import { emptyResource } from "@opentelemetry/resources";
import type { CollectionResult, MetricProducer, MetricReader } from "@opentelemetry/sdk-metrics";
import { onRowSource } from "@worker-watchdog/sdk/rows";
import { increasingClock } from "./increasing-clock.ts";
import { liveRows, rowScopeMetrics } from "./row-metrics.ts";
import { noteRowReading } from "./row-readings.ts";

/** Options of {@link watchdogMetricProducer}. */
export interface WatchdogMetricProducerOptions {
  /** Now, in unix milliseconds. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/**
 * A producer of every live row of every watchdog in the process, for the reader of a MeterProvider that the application owns.
 * A row that is over is gone from the next collection: OpenTelemetry's own gauges would go on exporting it.
 *
 * @example
 * ```ts
 * const reader = new PeriodicExportingMetricReader({
 *   exporter: new OTLPMetricExporter(),
 *   exportIntervalMillis: 5_000,
 *   metricProducers: [watchdogMetricProducer()],
 * });
 * exportRowsAtOnce(reader);
 * new NodeSDK({ metricReaders: [reader] }).start();
 * ```
 */
export function watchdogMetricProducer(options: WatchdogMetricProducerOptions = {}): MetricProducer {
  const now = options.now ?? Date.now;
  const stampMillis = increasingClock(now);
  return {
    async collect(): Promise<CollectionResult> {
      const nowMillis = now();
      noteRowReading(nowMillis);
      return {
        resourceMetrics: {
          resource: emptyResource(),
          scopeMetrics: rowScopeMetrics(liveRows(nowMillis), stampMillis()),
        },
        errors: [],
      };
    },
  };
}

/**
 * Makes a reader export as soon as a row changes that must not wait, such as a claim's. The worker does not wait for it; while
 * one export is under way, further changes lead to one more after it. Returns the way to stop.
 */
export function exportRowsAtOnce(reader: Pick<MetricReader, "forceFlush">): () => void {
  let isRunning = false;
  let again = false;
  const run = async (): Promise<void> => {
    isRunning = true;
    do {
      again = false;
      // A reader that fails reports it by itself; the next change or interval tries again.
      await reader.forceFlush().catch(() => {});
    } while (again);
    isRunning = false;
  };
  return onUrgentRows(() => {
    if (isRunning) again = true;
    else void run();
  });
}

/** Calls `listener` after each urgent change of a row in any watchdog, now and later. Returns the way to stop. */
export function onUrgentRows(listener: () => void): () => void {
  const stops: (() => void)[] = [];
  stops.push(onRowSource((source) => stops.push(source.onUrgentChange(listener))));
  return () => {
    for (const stop of stops.splice(0)) stop();
  };
}
