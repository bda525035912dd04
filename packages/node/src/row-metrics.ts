/** Rows as OpenTelemetry metric data: one gauge or cumulative sum for each metric, with exactly the live points. */
import { ValueType } from "@opentelemetry/api";
import { millisToHrTime } from "@opentelemetry/core";
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type MetricData,
  type ScopeMetrics,
} from "@opentelemetry/sdk-metrics";
import { type Row, rowSources } from "@worker-watchdog/sdk/rows";
import { INSTRUMENTATION_SCOPE, METRICS, type RowMetricKey } from "@worker-watchdog/sdk/semconv";

const PROCESS_START_MILLIS = Math.floor(performance.timeOrigin);

/** The live rows of every watchdog in the process. */
export function liveRows(nowMillis: number): readonly Row[] {
  return rowSources().flatMap((source) => source.rows(nowMillis));
}

/** The rows as metric data whose points carry `nowMillis`; empty where there is no row. */
export function rowScopeMetrics(rows: readonly Row[], nowMillis: number): ScopeMetrics[] {
  if (rows.length === 0) return [];
  const time = millisToHrTime(nowMillis);
  const byMetric = new Map<RowMetricKey, Row[]>();
  for (const row of rows) {
    const group = byMetric.get(row.metric);
    if (group === undefined) byMetric.set(row.metric, [row]);
    else group.push(row);
  }
  const metrics: MetricData[] = [];
  for (const [key, group] of byMetric) {
    const { name, description, unit, instrument } = METRICS[key];
    const shared = {
      descriptor: { name, description, unit, valueType: ValueType.DOUBLE },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
    } as const;
    const dataPoints = group.map(
      ({ attributes, value, startMillis }): DataPoint<number> => ({
        startTime: instrument === "counter" ? millisToHrTime(startMillis ?? PROCESS_START_MILLIS) : time,
        endTime: time,
        attributes,
        value,
      }),
    );
    metrics.push(
      instrument === "counter"
        ? { ...shared, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
        : { ...shared, dataPointType: DataPointType.GAUGE, dataPoints },
    );
  }
  return [{ scope: { name: INSTRUMENTATION_SCOPE }, metrics }];
}

/**
 * The process's own metrics without the counters that have rows: a row's total outlives the process, and both under one name would
 * be one series with two values.
 */
export function withoutRowCounters(scopeMetrics: readonly ScopeMetrics[], rows: readonly Row[]): ScopeMetrics[] {
  const names = new Set<string>();
  for (const { metric } of rows) if (METRICS[metric].instrument === "counter") names.add(METRICS[metric].name);
  if (names.size === 0) return [...scopeMetrics];
  return scopeMetrics
    .map(({ scope, metrics }) => ({
      scope,
      metrics: metrics.filter(({ descriptor }) => scope.name !== INSTRUMENTATION_SCOPE || !names.has(descriptor.name)),
    }))
    .filter(({ metrics }) => metrics.length > 0);
}
