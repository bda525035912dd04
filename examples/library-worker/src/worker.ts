/** The worker: takes jobs until there are none, writes a report for each, and goes on with the job that a killed process of its own has left. */
import { startTelemetry } from "@worker-watchdog/node";
import { openJournal } from "@worker-watchdog/node/journal";
import { createWatchdog, type Heartbeat, type Job, jsonResult, type PhaseContext } from "@worker-watchdog/sdk";
import { createPolicy } from "@worker-watchdog/sdk/policy";

const service = process.env["JOB_SERVICE"] ?? "";
const worker = { id: "library-worker-1", pool: "examples", role: "reporter" };

startTelemetry({ worker });
const watchdog = createWatchdog({
  worker,
  policy: createPolicy({ artifact: { allowed_private_hosts: ["127.0.0.1"] } }),
  journal: openJournal({ file: process.env["JOURNAL"] ?? "journal.db" }),
  helper: {
    touch: (call) => ask("touch", call),
    renew: (job, call) => ask("progress", call, job.id),
    release: (job, _reason, call) => ask("release", call, job.id),
  },
});
process.once("SIGTERM", () => void watchdog.stop().then(({ heldJobs }) => process.exit(heldJobs.length === 0 ? 0 : 1)));

while (await watchdog.heartbeat(deliverOne));
await watchdog.stop();

/** One heartbeat; false once the queue is empty. */
async function deliverOne(beat: Heartbeat): Promise<boolean> {
  await beat.doctor((call) => ask("doctor", call));
  await beat.touch((call) => ask("touch", call));
  const resumed = beat.resume();
  if (resumed !== undefined) console.log(`goes on with ${resumed.id}`);
  const job = resumed ?? (await beat.claim((call) => ask("claim", call)));
  if (job === undefined) return false;
  await job.context((call) => ask("context", call, job.id));
  await job.progress("building_artifact", (call) => ask("progress", call, job.id));
  const report = await job.phase("build", ({ signal }) => build(job, signal));
  const artifact = await job.artifact(() => publish(job, report));
  await job.complete(artifact, (call) => ask("complete", call, job.id, call.artifactKinds));
  console.log(`${job.id} ${job.state}: ${artifact.url}`);
  return true;
}

/** Stands for the real work. The second job takes so long that somebody kills the worker. */
async function build(job: Job, signal: AbortSignal): Promise<string> {
  console.log(`builds ${job.id}`);
  const millis = job.id === "job-2" && process.env["SLOW"] === "1" ? 600_000 : 10;
  await new Promise((resolve, reject) => {
    setTimeout(resolve, millis);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
  return `<h1>Report of ${job.id}</h1>`;
}

async function publish(job: Job, report: string): Promise<{ url: string; filesUrl: string }> {
  const [url, filesUrl] = [`${service}/files/${job.id}.html`, `${service}/files/${job.id}.json`];
  await fetch(url, { method: "PUT", body: report });
  await fetch(filesUrl, { method: "PUT", body: JSON.stringify([`${job.id}.html`]) });
  return { url, filesUrl };
}

async function ask(
  command: string,
  { signal, headers }: PhaseContext,
  job?: string,
  kinds?: readonly string[],
): Promise<unknown> {
  const body = JSON.stringify({ worker: worker.id, job, kinds });
  return jsonResult(await fetch(`${service}/${command}`, { method: "POST", signal, headers, body }));
}
