/** A worker that runs every scenario once, one after another, and then holds a job with every kind of trouble. Environment as killed-worker.program.ts. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startTelemetry } from "@worker-watchdog/node";
import { createWatchdog, type Job, systemClock } from "@worker-watchdog/sdk";
import { createPolicy } from "@worker-watchdog/sdk/policy";
import { memoryJobService } from "@worker-watchdog/sdk/testing";

const { WATCHDOG_WORKER_ID = "", WATCHDOG_WORKER_POOL = "" } = process.env;
const worker = { id: WATCHDOG_WORKER_ID, pool: WATCHDOG_WORKER_POOL, role: "builder" };
startTelemetry({ worker, exportIntervalMillis: 1_000 });

const host = createServer((request, response) => {
  if (request.url === "/report.html") response.end("<h1>report</h1>");
  else if (request.url === "/files.json") response.end('["report.html"]');
  else response.writeHead(404).end();
});
await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
const base = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
const good = { url: `${base}/report.html`, filesUrl: `${base}/files.json` };
const gone = { ...good, url: `${base}/gone.html` };

const service = memoryJobService({ clock: systemClock, leaseSeconds: 900 });
const client = service.client(worker.id);
const watchdog = createWatchdog({
  worker,
  policy: createPolicy({
    artifact: { allowed_private_hosts: ["127.0.0.1"], retry_wait_seconds: 0.1 },
    thresholds: { repair_wait_seconds: 0.1 },
  }),
  helper: { touch: () => client.touch(), addArtifactKind: () => undefined },
});

/** One heartbeat on one job, or on none. */
async function beat(work?: (job: Job) => Promise<unknown>): Promise<void> {
  await watchdog
    .heartbeat(async (it) => {
      await it.doctor(() => client.doctor());
      await it.touch(() => client.touch());
      const job = await it.claim(() => client.claim());
      if (job !== undefined) await work?.(job);
    })
    .catch(() => {});
}

async function complete(job: Job): Promise<unknown> {
  await job.context(() => client.context(job.id));
  await job.progress("building_artifact", () => client.progress(job.id));
  const artifact = await job.artifact(() => good);
  return job.complete(artifact, ({ artifactKinds }) => client.complete(job.id, artifactKinds));
}

const down = { throws: new TypeError("fetch failed") };
const rejected = { result: { ok: false, error: "missing_artifact_kind", missing_kinds: ["video"] } };
const lost = { result: { ok: false, error: "job_not_found" } };

for (const command of ["doctor", "touch", "claim"] as const) service.fault(command, { result: { ok: false } });
await beat();
for (let empty = 0; empty < 3; empty += 1) await beat();
service.add({ id: "healthy", deliverableId: "D1" });
await beat(complete);
service.add({ id: "no-deliverable-id" });
await beat(complete);
service.add({ id: "rejected-once", deliverableId: "D1", artifactKinds: ["video"] });
await beat(complete);
service.add({ id: "rejected-twice", deliverableId: "D1" });
service.fault("complete", rejected, 2);
await beat(complete);
service.add({ id: "not-found", deliverableId: "D1" });
service.fault("progress", lost);
await beat(complete);
service.add({ id: "artifact-missing", deliverableId: "D1" });
await beat((job) => job.artifact(() => gone));
service.add({ id: "context-down", deliverableId: "D1" });
service.fault("context", down, 2);
await beat(complete);
service.add({ id: "unknown", deliverableId: "D1" });
service.fault("complete", down, 2);
await beat(complete);

service.add({ id: "everything" });
await beat(async (job) => {
  service.fault("progress", down, 2);
  await job.progress("building_artifact", () => client.progress(job.id));
  await job.artifact(() => gone).catch(() => {});
  const artifact = await job.artifact(() => good);
  service.fault("complete", rejected, 2);
  await job.complete(artifact, () => client.complete(job.id)).catch(() => {});
  service.fault("complete", down, 2);
  await job.complete(artifact, () => client.complete(job.id)).catch(() => {});
  await job.phase("render", () => Promise.reject(new Error("no ink"))).catch(() => {});
  process.stdout.write("holding\n");
  await new Promise((resolve) => setTimeout(resolve, 600_000));
});
