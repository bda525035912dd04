/**
 * A worker of the fleet, and the model of good use: a process of its own that wakes, asks for a job, builds a report from the job's files,
 * publishes it, has the artifact gate prove it, and completes the job. Nothing here knows of faults.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { serveMetrics, startTelemetry } from "@worker-watchdog/node";
import { createWatchdog, type Heartbeat, type Job, WatchdogError } from "@worker-watchdog/sdk";
import { defaultPolicy, loadPolicyFile } from "@worker-watchdog/sdk/policy";
import { buildReport, type Report } from "./build-report.ts";
import { jobServiceApi, type Task } from "./job-service-api.ts";
import { publishKind, publishReport } from "./publish-report.ts";
import { readWorkerSettings } from "./worker-settings.ts";

const settings = readWorkerSettings();
const worker = { id: settings.id, pool: settings.pool, role: "report_builder" };
const policy = settings.policyFile === undefined ? defaultPolicy : loadPolicyFile(settings.policyFile);
const service = jobServiceApi({
  url: settings.jobServiceUrl,
  token: settings.jobServiceToken,
  workerId: worker.id,
  pool: worker.pool,
});
/** What the job at hand has built so far, and where it is. */
let built: { readonly report: Report; readonly folder: string } | undefined;

const telemetry = startTelemetry({ worker });
if (settings.metricsPort !== undefined) await serveMetrics({ port: settings.metricsPort });
const watchdog = createWatchdog<Task>({
  worker,
  policy,
  helper: {
    touch: (call) => service.touch(call),
    renew: (job, call) => service.progress(job.id, "keep_alive", call),
    addArtifactKind: async (_job, kind, call) => {
      if (built === undefined) throw new Error("Nothing is published yet.");
      await publishKind(built.report, built.folder, kind, call);
    },
    backlog: (call) => service.backlog(call),
  },
});

async function work(beat: Heartbeat<Task>): Promise<void> {
  await beat.doctor((call) => service.doctor(call));
  await beat.touch((call) => service.touch(call));
  const job = await beat.claim((call) => service.claim(call));
  if (job === undefined) return;
  try {
    await deliver(job);
  } catch (error) {
    await handBack(job, job.signal.aborted ? job.signal.reason : error);
  }
}

async function deliver(job: Job<Task>): Promise<void> {
  const context = await job.context((call) => service.context(job.id, call));
  // A job whose context can not be read is built from what came with the claim.
  const task = context?.job?.payload ?? job.payload;
  if (task === undefined) throw new Error(`Job ${job.id} says nothing of what to do.`);
  await job.progress("building_artifact", (call) => service.progress(job.id, "building_artifact", call));
  const report = await job.phase("build", ({ signal }) => buildReport(task, signal));
  const slot = await job.upload(async (_deliverableId, call) => (await service.upload(job.id, call)).upload_url);
  // Without a deliverable id there is no slot: the artifact goes to the shared area.
  const folder = slot ?? `${settings.artifactHostUrl}/shared/${job.id}/`;
  built = { report, folder };
  const artifact = await job.artifact((call) => publishReport(report, folder, job.artifactKinds, call));
  await job.complete(artifact, ({ artifactKinds, ...call }) =>
    service.complete(job.id, { url: artifact.url, kinds: artifactKinds }, call),
  );
}

/** Ends an attempt that could not be completed. What went wrong is recorded by the library, and its owner is paged. */
async function handBack(job: Job<Task>, error: unknown): Promise<void> {
  const reason = WatchdogError.isInstance(error) ? error.code : "worker_error";
  console.error(`${worker.id}: job ${job.id}: ${error instanceof Error ? error.message : error}`);
  if (reason === "lease_lost" || reason === "job_not_found") return;
  if (reason === "stopped") {
    await job.release("the worker is stopping", (call) => service.release(job.id, "the worker is stopping", call));
    return;
  }
  // A person may still help while the lease lasts. Then the job is given up with its reason, and the page ends.
  await sleep(settings.giveUpAfterSeconds * 1_000, undefined, { signal: job.signal }).catch(() => {});
  await job.fail(reason, (call) => service.fail(job.id, reason, call));
}

const stopping = new AbortController();
const stop = (): void => stopping.abort();
process.once("SIGTERM", stop).once("SIGINT", stop).once("disconnect", stop);
stopping.signal.addEventListener("abort", () => void watchdog.stop({ drainMillis: 2_000 }));

const pauseMillis = (settings.heartbeatSeconds ?? policy.heartbeat_interval_minutes * 60) * 1_000;
while (!stopping.signal.aborted) {
  await watchdog.heartbeat(work).catch((error) => console.error(`${worker.id}: ${error}`));
  await sleep(pauseMillis, undefined, { signal: stopping.signal }).catch(() => {});
}
await watchdog.stop();
await telemetry.shutdown();
if (process.connected) process.disconnect();
