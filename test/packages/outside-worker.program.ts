/**
 * A worker of somebody else, copied to a project outside the repository: it owns its OpenTelemetry SDK, and takes from worker-watchdog the library
 * and the rows for its own reader.
 *
 * Environment: JOB_SERVICE, FILES (base addresses), WORKER (id), POOL, POLICY (a file), HEARTBEATS (how many), STAYS (not empty: until SIGTERM, after
 * its last heartbeat), and OpenTelemetry's own variables.
 */
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { exportRowsAtOnce, watchdogMetricProducer } from "@worker-watchdog/node";
import {
  createWatchdog,
  type Heartbeat,
  type Job,
  jsonResult,
  type PhaseContext,
  WatchdogError,
} from "@worker-watchdog/sdk";
import { loadPolicyFile } from "@worker-watchdog/sdk/policy";

const { JOB_SERVICE = "", FILES = "", WORKER = "", POOL = "", POLICY = "", HEARTBEATS = "1", STAYS = "" } = process.env;

const reader = new PeriodicExportingMetricReader({
  exporter: new OTLPMetricExporter(),
  exportIntervalMillis: 5_000,
  metricProducers: [watchdogMetricProducer()],
});
exportRowsAtOnce(reader);
const sdk = new NodeSDK({ metricReaders: [reader] });
sdk.start();

async function ask(command: string, { signal, headers }: PhaseContext, body: object = {}): Promise<unknown> {
  const payload = JSON.stringify({ worker: WORKER, ...body });
  return jsonResult(await fetch(`${JOB_SERVICE}/${command}`, { method: "POST", signal, headers, body: payload }));
}

async function publish(jobId: string): Promise<{ url: string; filesUrl: string }> {
  const at = `${FILES}/${jobId}`;
  await fetch(`${at}/report.html`, { method: "PUT", body: `<h1>Report of ${jobId}</h1>` });
  await fetch(`${at}/files.json`, { method: "PUT", body: JSON.stringify({ files: ["report.html"] }) });
  return { url: `${at}/report.html`, filesUrl: `${at}/files.json` };
}

const watchdog = createWatchdog({
  worker: { id: WORKER, pool: POOL, role: "builder" },
  policy: loadPolicyFile(POLICY),
  helper: {
    touch: (call) => ask("touch", call),
    renew: (job, call) => ask("progress", call, { job: job.id }),
    addArtifactKind: (job, kind, call) => ask("add-kind", call, { job: job.id, kind }),
  },
});

async function day(beat: Heartbeat): Promise<void> {
  await beat.doctor((call) => ask("doctor", call));
  await beat.touch((call) => ask("touch", call));
  const job = await beat.claim((call) => ask("claim", call));
  if (job !== undefined) await work(job);
}

async function work(job: Job): Promise<void> {
  await job.context((call) => ask("context", call, { job: job.id }));
  await job.progress("building_artifact", (call) => ask("progress", call, { job: job.id }));
  await job.phase("build", (call) => ask("build", call, { job: job.id }));
  await job.upload((deliverableId, call) => ask("upload", call, { job: job.id, deliverableId }));
  const artifact = await job.artifact(() => publish(job.id));
  await job.complete(artifact, (call) => ask("complete", call, { job: job.id, kinds: call.artifactKinds }));
}

for (let beat = 0; beat < Number(HEARTBEATS); beat += 1) {
  try {
    await watchdog.heartbeat(day);
    console.log("heartbeat: ok");
  } catch (error) {
    if (!WatchdogError.isInstance(error)) throw error;
    console.log(`heartbeat: ${error.code}`);
  }
}
if (STAYS !== "") {
  await new Promise<void>((resolve) => {
    const alive = setInterval(() => {}, 60_000);
    process.once("SIGTERM", () => {
      clearInterval(alive);
      resolve();
    });
  });
}
await watchdog.stop({ drainMillis: 0 });
await sdk.shutdown();
