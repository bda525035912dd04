/** prom-client's metrics as OpenTelemetry metric data, under names that Prometheus makes the same series of as by scrape. */
import { type Attributes, type HrTime, ValueType } from "@opentelemetry/api";
import { millisToHrTime } from "@opentelemetry/core";
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
} from "@opentelemetry/sdk-metrics";
import { type Exemplar, setExemplars } from "./exemplars.ts";
import type { PromClientExemplar, PromClientMetric, PromClientSample } from "./prom-client-collector.ts";

/** When the totals began, and when they were read; unix milliseconds. */
export interface PromClientTimes {
  readonly startMillis: number;
  readonly nowMillis: number;
}

/** The metric data of one prom-client metric: one of the same name, and for a summary its `_sum` and `_count` beside. */
export function promClientMetricData(metric: PromClientMetric, times: PromClientTimes): readonly MetricData[] {
  const { name, type, values } = metric;
  const start = millisToHrTime(times.startMillis);
  const now = millisToHrTime(times.nowMillis);
  const points = (samples: readonly PromClientSample[], since = start): DataPoint<number>[] =>
    samples.filter(({ value }) => Number.isFinite(value)).map((sample) => numberPoint(sample, since, now, times));
  const named = (suffix: string): readonly PromClientSample[] =>
    values.filter(({ metricName = name }) => metricName === `${name}${suffix}`);
  const shared = { descriptor: descriptor(metric), aggregationTemporality: AggregationTemporality.CUMULATIVE } as const;
  const sum = (suffix: string, isMonotonic: boolean): MetricData => ({
    ...shared,
    descriptor: suffix === "" ? shared.descriptor : descriptor({ ...metric, name: `${name}${suffix}` }),
    dataPointType: DataPointType.SUM,
    isMonotonic,
    dataPoints: points(named(suffix)),
  });
  const data = ((): readonly MetricData[] => {
    switch (type) {
      case "counter":
        return [sum("", true)];
      case "gauge":
        return [{ ...shared, dataPointType: DataPointType.GAUGE, dataPoints: points(named(""), now) }];
      case "histogram":
        return [
          {
            ...shared,
            dataPointType: DataPointType.HISTOGRAM,
            dataPoints: histogramPoints(values, name, start, now, times),
          },
        ];
      case "summary":
        // The SDK knows no summary, and Prometheus adds `_total` to a monotonic sum: a scrape has no such name.
        return [
          { ...shared, dataPointType: DataPointType.GAUGE, dataPoints: points(named(""), now) },
          sum("_sum", false),
          sum("_count", false),
        ];
      default:
        return [];
    }
  })();
  return data.filter(({ dataPoints }) => dataPoints.length > 0);
}

function descriptor({ name, help }: PromClientMetric): MetricData["descriptor"] {
  return { name, description: help, unit: unitOf(name), valueType: ValueType.DOUBLE };
}

/** The unit that the name ends in; Prometheus adds no second one. Empty where it ends in none that adds nothing. */
function unitOf(name: string): string {
  const [, word = ""] = /_(seconds|bytes)(?:_total|_sum)?$/.exec(name) ?? [];
  return { seconds: "s", bytes: "By" }[word] ?? "";
}

function attributesOf(labels: PromClientSample["labels"], without?: string): Attributes {
  return Object.fromEntries(
    Object.entries(labels).flatMap(([key, value]) => (key === without ? [] : [[key, String(value)]])),
  );
}

function numberPoint(
  { labels, value, exemplar }: PromClientSample,
  startTime: HrTime,
  endTime: HrTime,
  times: PromClientTimes,
): DataPoint<number> {
  const point = { startTime, endTime, attributes: attributesOf(labels), value };
  setExemplars(point, exemplarsOf([exemplar], times));
  return point;
}

interface HistogramParts {
  readonly attributes: Attributes;
  readonly buckets: PromClientSample[];
  sum: number;
  count: number;
}

function histogramPoints(
  values: readonly PromClientSample[],
  name: string,
  startTime: HrTime,
  endTime: HrTime,
  times: PromClientTimes,
): DataPoint<Histogram>[] {
  const groups = new Map<string, HistogramParts>();
  for (const sample of values) {
    const attributes = attributesOf(sample.labels, "le");
    const key = JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
    const group = groups.get(key) ?? { attributes, buckets: [], sum: 0, count: 0 };
    groups.set(key, group);
    if (sample.metricName === `${name}_bucket`) group.buckets.push(sample);
    else if (sample.metricName === `${name}_sum`) group.sum = sample.value;
    else if (sample.metricName === `${name}_count`) group.count = sample.value;
  }
  return [...groups.values()].map(({ attributes, buckets, sum, count }) => {
    const bounded = buckets.filter(({ labels }) => labels["le"] !== "+Inf");
    // prom-client counts up from bucket to bucket, OpenTelemetry counts each alone.
    const upTo = [...bounded.map(({ value }) => value), count];
    const counts = upTo.map((value, index) => value - (upTo[index - 1] ?? 0));
    const boundaries = bounded.map(({ labels }) => Number(labels["le"]));
    const point = { startTime, endTime, attributes, value: { buckets: { boundaries, counts }, sum, count } };
    setExemplars(
      point,
      exemplarsOf(
        buckets.map(({ exemplar }) => exemplar),
        times,
      ),
    );
    return point;
  });
}

/** Those with a trace. Other labels of theirs stay behind: the Collector's redaction does not read exemplars. */
function exemplarsOf(
  found: readonly (PromClientExemplar | null | undefined)[],
  { nowMillis }: PromClientTimes,
): readonly Exemplar[] {
  return found.flatMap((exemplar) => {
    if (exemplar === undefined || exemplar === null) return [];
    const { labelSet, value, timestamp } = exemplar;
    const traceId = hex(labelSet["trace_id"] ?? labelSet["traceId"] ?? labelSet["traceID"], 32);
    if (traceId === undefined || !Number.isFinite(value)) return [];
    const spanId = hex(labelSet["span_id"] ?? labelSet["spanId"] ?? labelSet["spanID"], 16);
    return [{ traceId, spanId, value, timeMillis: timestamp === undefined ? nowMillis : timestamp * 1000 }];
  });
}

function hex(id: string | number | undefined, digits: number): string | undefined {
  return typeof id === "string" && id.length === digits && /^[0-9a-f]+$/i.test(id) ? id.toLowerCase() : undefined;
}
