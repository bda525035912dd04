/** A worker that has a point of every metric in the table: the rows by hand, the counter and the spans from a real claim; and prom-client metrics of its own. */
import { logs, trace } from "@opentelemetry/api";
import { serveMetrics, startTelemetry } from "@worker-watchdog/node";
import { createWatchdog } from "@worker-watchdog/sdk";
import {
  ATTRIBUTES,
  EVENTS,
  INSTRUMENTATION_SCOPE,
  METRICS,
  phaseSpanName,
  type RowMetricKey,
} from "@worker-watchdog/sdk/semconv";
import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type OpenMetricsContentType,
  Registry,
  Summary,
} from "prom-client";
import { registerRowSource } from "../../packages/sdk/src/rows/row-sources.ts";
import { RowTable } from "../../packages/sdk/src/rows/row-table.ts";

const worker = { id: "names-1", pool: "names" };
const registry = new Registry<OpenMetricsContentType>();
registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
startTelemetry({ worker, promClient: registry });
const { url } = await serveMetrics({ port: 0, registry });

const complete = trace.getTracer(INSTRUMENTATION_SCOPE).startSpan(phaseSpanName("complete"), {
  attributes: {
    [ATTRIBUTES.workerPool.key]: worker.pool,
    [ATTRIBUTES.phase.key]: "complete",
    [ATTRIBUTES.jobId.key]: "J1",
    [ATTRIBUTES.phaseStatus.key]: "ok",
    [ATTRIBUTES.leaseRemaining.key]: 421.5,
  },
});
complete.end();
const { traceId, spanId } = complete.spanContext();
// Two repairs, and three log events that only look like one.
const repair = { [ATTRIBUTES.workerPool.key]: worker.pool, trigger: "transport", result: "success" };
const events = logs.getLogger(INSTRUMENTATION_SCOPE);
for (const attributes of [repair, repair, { ...repair, trigger: "mine" }, { ...repair, result: "mine" }])
  events.emit({ eventName: EVENTS.repair, attributes });
events.emit({ eventName: "mine", attributes: repair });
const own = { help: "Of the worker.", labelNames: ["kind"], registers: [registry] };
const exemplarLabels = { trace_id: traceId, span_id: spanId };
registry.setDefaultLabels({ team: "reports" });
collectDefaultMetrics({ register: registry });
new Counter({ name: "orders_total", ...own, enableExemplars: true }).inc({
  labels: { kind: "a" },
  value: 3,
  exemplarLabels,
});
new Counter({ name: "parcels", ...own }).inc({ kind: "a" }, 2);
new Counter({ name: "cpu_seconds_total", ...own }).inc({ kind: "a" }, 1.5);
new Gauge({ name: "depth_bytes", ...own }).set({ kind: "a" }, 4096);
new Gauge({ name: "hit_ratio", ...own }).set({ kind: "a" }, 0.5);
new Gauge({ name: "handles_total", ...own }).set({ kind: "a" }, 7);
const took = new Histogram({ name: "took_seconds", ...own, buckets: [0.5, 1, 5], enableExemplars: true });
took.observe({ labels: { kind: "a" }, value: 0.7, exemplarLabels });
new Summary({ name: "size_bytes", ...own, percentiles: [0.5, 0.99] }).observe({ kind: "a" }, 100);

const table = new RowTable();
registerRowSource(table);
for (const key of Object.keys(METRICS) as (keyof typeof METRICS)[]) {
  const { instrument, attributes } = METRICS[key];
  if (instrument !== "gauge") continue;
  const labels = Object.fromEntries(attributes.map((attribute) => [attribute, `by hand ${attribute}`]));
  table.set(key as RowMetricKey, labels, 1_700_000_000.25, { dropAtMillis: Number.POSITIVE_INFINITY });
}

const watchdog = createWatchdog({ worker });
await watchdog.heartbeat(async (beat) => {
  await beat.doctor(async () => ({ ok: true, token_present: true, touch: { ok: true } }));
  await beat.touch(async () => ({ ok: true, touched: true }));
  await beat.claim(async () => ({ ok: true, server_time: Math.floor(Date.now() / 1000), job: null }));
});
process.stdout.write(`${JSON.stringify({ url, traceId })}\n`);
setInterval(() => {}, 60_000);
