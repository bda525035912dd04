/** Claims a job at once and goes on living; with the argument `own-sdk`, in an application that owns its OpenTelemetry SDK. */
import { trace } from "@opentelemetry/api";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { exportRowsAtOnce, startTelemetry, watchdogMetricProducer } from "@worker-watchdog/node";
import { createWatchdog } from "@worker-watchdog/sdk";

const sdk = process.argv[2] ?? "ours";
if (sdk === "ours") startTelemetry({ worker: { id: "worker-1", pool: "reports" } });
else {
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter(),
    exportIntervalMillis: 60_000,
    metricProducers: sdk === "own-sdk" ? [watchdogMetricProducer()] : [],
  });
  new NodeSDK({ metricReaders: [reader], serviceName: "my-application" }).start();
  if (sdk === "own-sdk") exportRowsAtOnce(reader);
  else startTelemetry({ worker: { id: "worker-1", pool: "reports" } });
}

const watchdog = createWatchdog({ worker: { id: "worker-1", pool: "reports", role: "builder" } });
setInterval(() => {}, 1000);
const now = Math.floor(Date.now() / 1000);
await watchdog.heartbeat(async (beat) => {
  await beat.doctor(async () => ({ ok: true, token_present: true, touch: { ok: true } }));
  await beat.touch(async () => ({ ok: true, touched: true }));
  const job = await beat.claim(async () => ({
    ok: true,
    server_time: now,
    job: { id: "job-7", lease_expires_at: now + 900, deliverable_id: "d", artifact_kinds: [], payload: {} },
  }));
  process.stdout.write("ready\n");
  await job?.phase("build", () => new Promise(() => {}));
});
trace.getTracer("never").startSpan("reached").end();
