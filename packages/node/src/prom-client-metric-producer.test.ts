import { DataPointType, type MetricData } from "@opentelemetry/sdk-metrics";
import { METRICS } from "@worker-watchdog/sdk/semconv";
import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type OpenMetricsContentType,
  Registry,
  Summary,
} from "prom-client";
import { describe, expect, it } from "vitest";
import { exemplarMetricsSerializer } from "./exemplars.ts";
import type { PromClientRegistry } from "./prom-client-collector.ts";
import { promClientMetricProducer } from "./prom-client-metric-producer.ts";

const NOW_MILLIS = 1_700_000_000_000;
const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const SPAN_ID = "b7ad6b7169203331";

async function collect(registry: PromClientRegistry) {
  const { resourceMetrics, errors } = await promClientMetricProducer(registry, {
    now: () => NOW_MILLIS,
    collectTimeoutMillis: 30,
  }).collect();
  const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  const json = JSON.parse(Buffer.from(exemplarMetricsSerializer.serializeRequest(resourceMetrics) ?? "").toString());
  const byName = (name: string): MetricData | undefined => metrics.find(({ descriptor }) => descriptor.name === name);
  const jsonPoint = (name: string) =>
    json.resourceMetrics[0].scopeMetrics
      .flatMap(({ metrics: written }: { metrics: { name: string }[] }) => written)
      .find((metric: { name: string }) => metric.name === name);
  return { metrics, byName, jsonPoint, errors, names: metrics.map(({ descriptor }) => descriptor.name) };
}

describe("promClientMetricProducer", () => {
  it("gives a counter as a cumulative sum since the process started, with the registry's default labels", async () => {
    const registry = new Registry();
    registry.setDefaultLabels({ team: "a", shard: "x" });
    const counter = new Counter({
      name: "orders_total",
      help: "Orders.",
      labelNames: ["shard"],
      registers: [registry],
    });
    counter.inc({ shard: 7 }, 3);
    const { metrics } = await collect(registry);
    expect(metrics).toMatchObject([
      {
        descriptor: { name: "orders_total", description: "Orders.", unit: "" },
        dataPointType: DataPointType.SUM,
        isMonotonic: true,
        dataPoints: [{ value: 3, attributes: { team: "a", shard: "7" }, endTime: [NOW_MILLIS / 1000, 0] }],
      },
    ]);
    expect(metrics[0]?.dataPoints[0]?.startTime[0]).toBe(Math.floor(performance.timeOrigin / 1000));
  });

  it("gives a gauge, without the values that JSON can not hold", async () => {
    const registry = new Registry();
    const gauge = new Gauge({ name: "depth_bytes", help: "Depth.", labelNames: ["of"], registers: [registry] });
    gauge.set({ of: "a" }, 4);
    gauge.set({ of: "b" }, Number.NaN);
    gauge.set({ of: "c" }, Number.POSITIVE_INFINITY);
    const { metrics } = await collect(registry);
    expect(metrics).toMatchObject([
      { descriptor: { unit: "By" }, dataPointType: DataPointType.GAUGE, dataPoints: [{ value: 4 }] },
    ]);
    expect(metrics[0]?.dataPoints).toHaveLength(1);
  });

  it("gives a histogram with its own bounds, each bucket counted alone", async () => {
    const registry = new Registry();
    const histogram = new Histogram({
      name: "took_seconds",
      help: "Took.",
      labelNames: ["of"],
      buckets: [0.5, 1, 5],
      registers: [registry],
    });
    for (const value of [0.1, 0.7, 0.8, 9]) histogram.observe({ of: "a" }, value);
    histogram.observe({ of: "b" }, 2);
    const { metrics } = await collect(registry);
    expect(metrics).toMatchObject([
      {
        descriptor: { name: "took_seconds", unit: "s" },
        dataPointType: DataPointType.HISTOGRAM,
        dataPoints: [
          { attributes: { of: "a" }, value: { buckets: { boundaries: [0.5, 1, 5], counts: [1, 2, 0, 1] }, count: 4 } },
          { attributes: { of: "b" }, value: { buckets: { counts: [0, 0, 1, 0] }, sum: 2, count: 1 } },
        ],
      },
    ]);
    expect(metrics[0]?.dataPoints[0]?.value).toMatchObject({ sum: expect.closeTo(10.6) });
  });

  it("gives a summary as gauges by quantile, and sums that Prometheus gives no suffix", async () => {
    const registry = new Registry();
    const summary = new Summary({ name: "size_bytes", help: "Size.", percentiles: [0.5, 0.99], registers: [registry] });
    for (const value of [1, 2, 3]) summary.observe(value);
    const { byName, names } = await collect(registry);
    expect(names).toEqual(["size_bytes", "size_bytes_sum", "size_bytes_count"]);
    expect(byName("size_bytes")).toMatchObject({
      dataPointType: DataPointType.GAUGE,
      dataPoints: [
        { attributes: { quantile: "0.5" }, value: 2 },
        { attributes: { quantile: "0.99" }, value: 3 },
      ],
    });
    expect(byName("size_bytes_sum")).toMatchObject({ isMonotonic: false, dataPoints: [{ value: 6, attributes: {} }] });
    expect(byName("size_bytes_count")).toMatchObject({ isMonotonic: false, dataPoints: [{ value: 3 }] });
  });

  it("takes everything that prom-client collects by default", async () => {
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    const { names, errors } = await collect(registry);
    expect(errors).toEqual([]);
    expect(names.length).toBeGreaterThan(20);
    expect(new Set(names).size).toBe(names.length);
  });

  it("carries exemplars that name a trace, and of them the ids alone", async () => {
    const registry = new Registry<OpenMetricsContentType>();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const options = { help: "x", registers: [registry], enableExemplars: true };
    new Counter({ name: "orders_total", ...options }).inc({
      labels: {},
      exemplarLabels: { trace_id: TRACE_ID, span_id: SPAN_ID, customer: "kept back" },
    });
    const histogram = new Histogram({ name: "took_seconds", buckets: [1], ...options });
    histogram.observe({ labels: {}, value: 0.5, exemplarLabels: { traceId: TRACE_ID.toUpperCase() } });
    histogram.observe({ labels: {}, value: 3, exemplarLabels: { traceId: "not an id" } });
    const { jsonPoint } = await collect(registry);
    expect(jsonPoint("orders_total").sum.dataPoints[0].exemplars).toEqual([
      { traceId: TRACE_ID, spanId: SPAN_ID, asDouble: 1, timeUnixNano: expect.stringMatching(/^\d{13}000000$/) },
    ]);
    expect(jsonPoint("took_seconds").histogram.dataPoints[0].exemplars).toEqual([
      { traceId: TRACE_ID, asDouble: 0.5, timeUnixNano: expect.stringMatching(/^\d{13}000000$/) },
    ]);
  });

  it("reports a metric that throws and one that hangs, and gives the others", async () => {
    const registry = new Registry();
    const named = (name: string, own: () => void | Promise<void>) =>
      new Gauge({ name, help: "x", registers: [registry], collect: own });
    named("throws", () => {
      throw new Error("mine");
    });
    named("rejects", () => Promise.reject(new Error("mine too")));
    named("hangs", () => new Promise(() => {}));
    named("works", () => {}).set(1);
    const { names, errors } = await collect(registry);
    expect(names).toEqual(["works"]);
    expect(errors.map(String).sort()).toEqual([
      "Error: prom-client metric hangs: Error: its collect() did not answer within 30 ms",
      "Error: prom-client metric rejects: Error: mine too",
      "Error: prom-client metric throws: Error: mine",
    ]);
  });

  it("has a late metric again once it has answered, and asks it no second time before", async () => {
    const registry = new Registry();
    let asked = 0;
    let answer = (): void => {};
    const collectLate = (): Promise<void> => {
      asked += 1;
      return new Promise((resolve) => {
        answer = resolve;
      });
    };
    new Gauge({ name: "late", help: "x", registers: [registry], collect: collectLate }).set(1);
    const producer = promClientMetricProducer(registry, { collectTimeoutMillis: 10 });
    expect((await producer.collect()).errors).toHaveLength(1);
    expect((await producer.collect()).errors[0]).toMatchObject({
      message: expect.stringContaining("has not answered yet"),
    });
    expect(asked).toBe(1);
    answer();
    await new Promise((resolve) => setImmediate(resolve));
    const third = producer.collect();
    await new Promise((resolve) => setImmediate(resolve));
    answer();
    expect((await third).errors).toEqual([]);
  });

  it("leaves out what has a name that pages are made from", async () => {
    const registry = new Registry();
    new Gauge({ name: METRICS.aliveAt.prometheusName, help: "Mine.", registers: [registry] }).set(1);
    expect((await collect(registry)).names).toEqual([]);
  });
});
