/** Rows as OpenTelemetry metric data: one gauge for each metric, with exactly the live points. */
import { ValueType } from "@opentelemetry/api";
import { millisToHrTime } from "@opentelemetry/core";
import { AggregationTemporality, DataPointType, type MetricData, type ScopeMetrics } from "@opentelemetry/sdk-metrics";
import { type Row, rowSources } from "@worker-watchdog/sdk/rows";
import { INSTRUMENTATION_SCOPE, METRICS, type RowMetricKey } from "@worker-watchdog/sdk/semconv";

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
    const { name, description, unit } = METRICS[key];
    metrics.push({
      descriptor: { name, description, unit, valueType: ValueType.DOUBLE },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPointType: DataPointType.GAUGE,
      dataPoints: group.map(({ attributes, value }) => ({ startTime: time, endTime: time, attributes, value })),
    });
  }
  return [{ scope: { name: INSTRUMENTATION_SCOPE }, metrics }];
}
