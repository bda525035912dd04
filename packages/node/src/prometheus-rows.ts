/** The rows and the claim counter in Prometheus' names, the same names as by push. */
import type { MetricReader } from "@opentelemetry/sdk-metrics";
import { INSTRUMENTATION_SCOPE, METRICS, type MetricKey, prometheusLabel } from "@worker-watchdog/sdk/semconv";
import type * as promClient from "prom-client";
import { liveRows } from "./row-metrics.ts";
import { noteRowReading } from "./row-readings.ts";

type PromClient = Pick<typeof promClient, "Counter" | "Gauge" | "Registry">;
type Labels = Readonly<Record<string, string>>;

/** How long a scrape waits for the application's observable instruments, which are collected with the counter. */
const COLLECT_MILLIS = 500;

interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** A registry with what is live now. */
export async function watchdogRegistry(
  prom: PromClient,
  reader: Pick<MetricReader, "collect"> | undefined,
): Promise<promClient.Registry> {
  const registry = new prom.Registry();
  const samples = new Map<MetricKey, Sample[]>();
  const add = (metric: MetricKey, attributes: Readonly<Record<string, unknown>>, value: number): void => {
    const labels = Object.fromEntries(
      Object.entries(attributes).map(([key, text]) => [prometheusLabel(key), String(text)]),
    );
    const group = samples.get(metric);
    if (group === undefined) samples.set(metric, [{ labels, value }]);
    else group.push({ labels, value });
  };
  const nowMillis = Date.now();
  noteRowReading(nowMillis);
  for (const { metric, attributes, value } of liveRows(nowMillis)) add(metric, attributes, value);
  // A counter that has rows is told by them: their totals outlive the process.
  const told = new Set(samples.keys());
  for (const { metric, attributes, value } of await readCounters(reader))
    if (!told.has(metric)) add(metric, attributes, value);

  for (const [key, group] of samples) {
    const { prometheusName: name, description: help, instrument } = METRICS[key];
    const labelNames = [...new Set(group.flatMap(({ labels }) => Object.keys(labels)))];
    const options = { name, help, labelNames, registers: [registry] };
    if (instrument === "counter") {
      const counter = new prom.Counter(options);
      for (const { labels, value } of group) counter.inc({ ...labels }, value);
    } else {
      const gauge = new prom.Gauge(options);
      for (const { labels, value } of group) gauge.set({ ...labels }, value);
    }
  }
  return registry;
}

interface CounterPoint {
  readonly metric: MetricKey;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: number;
}

async function readCounters(reader: Pick<MetricReader, "collect"> | undefined): Promise<readonly CounterPoint[]> {
  if (reader === undefined) return [];
  const counters = new Map<string, MetricKey>();
  for (const key of Object.keys(METRICS) as MetricKey[])
    if (METRICS[key].instrument === "counter") counters.set(METRICS[key].name, key);
  const { resourceMetrics } = await reader.collect({ timeoutMillis: COLLECT_MILLIS });
  return resourceMetrics.scopeMetrics
    .filter(({ scope }) => scope.name === INSTRUMENTATION_SCOPE)
    .flatMap(({ metrics }) => metrics)
    .flatMap(({ descriptor, dataPoints }) => {
      const metric = counters.get(descriptor.name);
      if (metric === undefined) return [];
      return dataPoints.flatMap(({ attributes, value }) =>
        typeof value === "number" ? [{ metric, attributes, value }] : [],
      );
    });
}
