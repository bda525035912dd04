/**
 * A worker that does its work well, job after job, each longer than a lease: what a fleet is made of that nobody may be paged for.
 *
 * Environment, beside WATCHDOG_WORKER_ID, WATCHDOG_WORKER_POOL and OTEL_EXPORTER_OTLP_ENDPOINT:
 *   JOB_SERVICE       base address of the job service, which is the artifact's host as well
 *   POLICY            JSON of a policy
 *   JOURNAL           path of the journal's file
 *   BUILD_SECONDS     how long a build takes
 *   MOVE_SECONDS      how often it says that it moves
 *   FIRST_SECONDS     how long it waits before its first heartbeat: a fleet does not wake all at once
 *
 * SIGTERM has it give back what it holds and sign off; SIGUSR2 has it ask the queue for its job. On stdout it says what became of each job.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { startTelemetry } from "@worker-watchdog/node";
import {
  createWatchdog,
  type Heartbeat,
  type Job,
  jsonResult,
  type PhaseContext,
  WatchdogError,
} from "@worker-watchdog/sdk";
import { createPolicy } from "@worker-watchdog/sdk/policy";
import { openJournal } from "@worker-watchdog/store";
import { stopWithParent } from "../../tools/workspace/stop-with-parent.ts";

stopWithParent();

const setting = (name: string): string => process.env[name] ?? "";
const seconds = (name: string): number => Number(setting(name));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const DRAIN_MILLIS = 1_000;
const worker = { id: setting("WATCHDOG_WORKER_ID"), pool: setting("WATCHDOG_WORKER_POOL"), role: "builder" };
const policy = createPolicy(JSON.parse(setting("POLICY")));
const telemetry = startTelemetry({
  worker,
  exportIntervalMillis: policy.pipeline.export_interval_seconds * 1_000,
  rowRefreshMillis: policy.pipeline.row_refresh_seconds * 1_000,
});

async function ask(command: string, context: PhaseContext, job?: Job): Promise<unknown> {
  const response = await fetch(`${setting("JOB_SERVICE")}/${command}`, {
    method: "POST",
    body: JSON.stringify({ worker: worker.id, job: job?.id }),
    headers: { ...context.headers, "content-type": "application/json" },
    signal: context.signal,
  });
  return jsonResult(response);
}

const watchdog = createWatchdog({
  worker,
  policy,
  journal: openJournal({ file: setting("JOURNAL") }),
  helper: {
    renew: (job, context) => ask("progress", context, job),
    release: (job, _reason, context) => ask("release", context, job),
    readJob: (job, context) => ask("read", context, job),
  },
});
let held: Job | undefined;

/** A build that is longer than its lease. Only its own stages tell that it moves: the lease is for the library to keep. */
async function build(job: Job, signal: AbortSignal): Promise<void> {
  const endsAt = performance.now() + seconds("BUILD_SECONDS") * 1_000;
  while (performance.now() < endsAt) {
    await sleep(seconds("MOVE_SECONDS") * 1_000, undefined, { signal });
    await job.progress("compiling", () => ({ status: "running" }));
  }
}

async function day(beat: Heartbeat): Promise<void> {
  await beat.doctor((context) => ask("doctor", context));
  await beat.touch((context) => ask("touch", context));
  const job = beat.resume() ?? (await beat.claim((context) => ask("claim", context)));
  if (job === undefined) return say("no job");
  held = job;
  say(`claimed ${job.id}`);
  try {
    await job.context((context) => ask("context", context, job));
    await job.progress("building_artifact", (context) => ask("progress", context, job));
    await job.phase("build", ({ signal }) => build(job, signal));
    const artifact = await job.artifact(() => ({
      url: `${setting("JOB_SERVICE")}/report.html`,
      filesUrl: `${setting("JOB_SERVICE")}/files.json`,
    }));
    await job.complete(artifact, (context) => ask("complete", context, job));
  } finally {
    held = undefined;
    say(`${job.state} ${job.id}`);
  }
}

process.on("SIGUSR2", () => {
  const job = held;
  void job?.progress("asking", (context) => ask("progress", context, job)).catch(() => {});
});
process.on("SIGTERM", () => {
  void (async () => {
    await watchdog.stop({ drainMillis: DRAIN_MILLIS });
    await telemetry.shutdown();
    process.exit(0);
  })();
});

say("started");
await sleep(seconds("FIRST_SECONDS") * 1_000);
for (;;) {
  try {
    await watchdog.heartbeat(day);
  } catch (error) {
    const code = WatchdogError.isInstance(error) ? error.code : String(error);
    if (code === "stopped") break;
    say(`heartbeat ended with ${code}`);
  }
  await sleep(policy.heartbeat_interval_minutes * 60_000);
}
