/**
 * A worker of the golden scenarios: its day, heartbeat after heartbeat, as often and as far as its environment says.
 *
 * Environment, beside WATCHDOG_WORKER_ID, WATCHDOG_WORKER_POOL and OTEL_EXPORTER_OTLP_ENDPOINT:
 *   JOB_SERVICE  base address of the job service, which is the artifact's host as well
 *   POLICY       JSON of a policy
 *   JOURNAL      path of the journal's file
 *   PHASES       what it does with a job, separated by commas; empty: nothing
 *   ARTIFACTS    JSON of what it publishes, by job; else the job service's report
 *   CLAIMS       how many claims a heartbeat makes
 *   STAY_IN      the phase that it comes into and never leaves; SIGUSR2 ends the stay
 *   MOVES        not empty: it makes progress while it stays, as a build does that is only long
 *   HEARTBEATS   how many it runs
 *   HELPERS      which of renew, release, readJob, backlog the library may call
 *   BACKLOG      JSON of what the queue holds
 *   DRAIN_MILLIS how long a heartbeat may go on after SIGTERM
 *
 * It says on stdout, line by line, where it is and what became of it.
 */
import { startTelemetry, type Telemetry } from "@worker-watchdog/node";
import {
  type ArtifactClaim,
  createWatchdog,
  type Heartbeat,
  type Job,
  type JobServiceHelper,
  jsonResult,
  type PhaseContext,
  type VerifiedArtifact,
  WatchdogError,
} from "@worker-watchdog/sdk";
import { createPolicy } from "@worker-watchdog/sdk/policy";
import { openJournal } from "@worker-watchdog/store";
import { stopWithParent } from "../../../tools/workspace/stop-with-parent.ts";

stopWithParent();

const environment = process.env;
const setting = (name: string, otherwise = ""): string => environment[name] ?? otherwise;
const names = (name: string): readonly string[] => setting(name).split(",").filter(Boolean);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const BETWEEN_HEARTBEATS_MILLIS = 300;
const MOVES_EVERY_MILLIS = 1_000;
const worker = { id: setting("WATCHDOG_WORKER_ID"), pool: setting("WATCHDOG_WORKER_POOL"), role: "builder" };
const policy = createPolicy(JSON.parse(setting("POLICY", "{}")));
const { export_interval_seconds, row_refresh_seconds } = policy.pipeline;
const telemetry: Telemetry = startTelemetry({
  worker,
  exportIntervalMillis: export_interval_seconds * 1_000,
  rowRefreshMillis: row_refresh_seconds * 1_000,
});

async function ask(command: string, context: PhaseContext, job?: Job): Promise<unknown> {
  const response = await fetch(`${setting("JOB_SERVICE")}/${command}`, {
    method: "POST",
    body: JSON.stringify({ worker: worker.id, job: job?.id }),
    headers: { ...context.headers, "content-type": "application/json" },
    // A claim that is given up may still be answered: its late result is looked at.
    signal: command === "claim" ? null : context.signal,
  });
  return jsonResult(response);
}

let goOn: () => void = () => {};
const stay = new Promise<void>((resolve) => {
  goOn = resolve;
});

/** Says where the worker is, and stays there where it was told to. */
async function at(phase: string, job?: Job): Promise<void> {
  say(phase);
  if (phase !== setting("STAY_IN")) return;
  // The queue is not asked: it might say that the job is another's by now.
  const moves = setInterval(() => {
    if (setting("MOVES") !== "") void job?.progress("compiling", () => ({ status: "running" })).catch(() => {});
  }, MOVES_EVERY_MILLIS);
  await Promise.race([stay, new Promise((resolve) => setTimeout(resolve, 600_000))]);
  clearInterval(moves);
}

const helpers: JobServiceHelper = {
  renew: (job, context) => ask("progress", context, job),
  release: (job, _reason, context) => ask("release", context, job),
  readJob: (job, context) => ask("read", context, job),
  backlog: () => JSON.parse(setting("BACKLOG", "{}")),
};
const given = names("HELPERS");
const watchdog = createWatchdog({
  worker,
  policy,
  journal: openJournal({ file: setting("JOURNAL") }),
  helper: Object.fromEntries(Object.entries(helpers).filter(([name]) => given.includes(name))),
});

const report: ArtifactClaim = {
  url: `${setting("JOB_SERVICE")}/report.html`,
  filesUrl: `${setting("JOB_SERVICE")}/files.json`,
};
const published: Readonly<Record<string, ArtifactClaim>> = JSON.parse(setting("ARTIFACTS", "{}"));
let artifact: VerifiedArtifact | undefined;

/** One phase of a job. */
async function work(job: Job, phase: string): Promise<unknown> {
  switch (phase) {
    case "context":
      return job.context(async (context) => {
        await at(phase);
        return ask("context", context, job);
      });
    case "progress":
      return job.progress("building_artifact", async (context) => {
        await at(phase);
        return ask("progress", context, job);
      });
    case "upload":
      return job.upload(() => at(phase));
    case "artifact":
      artifact = await job.artifact(async () => {
        await at(phase);
        return published[job.id] ?? report;
      });
      return artifact;
    case "complete":
      return job.complete(artifact as VerifiedArtifact, async (context) => {
        await at(phase);
        const result = await ask("complete", context, job);
        return result;
      });
    default:
      return job.phase(phase, () => at(phase, job));
  }
}

/** The job that the last process held, or a new one. */
async function jobOf(beat: Heartbeat): Promise<Job | undefined> {
  const held = beat.resume();
  if (held !== undefined) {
    say(`resumed ${held.id}`);
    return held;
  }
  const job = await beat.claim(async (context) => {
    await at("claim");
    return ask("claim", context);
  });
  say(job === undefined ? "no job" : `claimed ${job.id}`);
  return job;
}

async function day(beat: Heartbeat): Promise<void> {
  await beat.doctor(async (context) => {
    await at("doctor");
    return ask("doctor", context);
  });
  await beat.touch(async (context) => {
    await at("touch");
    return ask("touch", context);
  });
  const job = await jobOf(beat);
  for (let more = 1; more < Number(setting("CLAIMS", "1")); more += 1)
    await beat.claim((context) => ask("claim", context)).catch((error) => say(`claim refused: ${codeOf(error)}`));
  if (job === undefined) return;
  artifact = job.verifiedArtifact;
  for (const phase of names("PHASES")) {
    // What an earlier process has proven need not be proven again.
    if (phase === "artifact" && artifact !== undefined) continue;
    // A worker that does not care what the gate says: it goes on to complete with nothing.
    await work(job, phase).catch((error) => {
      if (codeOf(error) !== "artifact_refused") throw error;
      say(`${job.id} refused: ${error.reason}`);
    });
  }
  say(`${job.state} ${job.id}`);
}

function codeOf(error: unknown): string {
  return WatchdogError.isInstance(error) ? error.code : String(error);
}

process.on("SIGUSR2", () => goOn());
process.on("SIGTERM", () => {
  void (async () => {
    const { heldJobs, releasedJobs } = await watchdog.stop({ drainMillis: Number(setting("DRAIN_MILLIS", "500")) });
    say(`stopped, held: ${heldJobs.join(" ")}, released: ${releasedJobs.join(" ")}`);
    await telemetry.shutdown();
    process.exit(0);
  })();
});

for (let beats = 0; beats < Number(setting("HEARTBEATS", "1000000")); beats += 1) {
  if (beats > 0) await new Promise((resolve) => setTimeout(resolve, BETWEEN_HEARTBEATS_MILLIS));
  try {
    await watchdog.heartbeat(day);
    say("heartbeat ended");
  } catch (error) {
    const code = codeOf(error);
    say(`heartbeat ended with ${code}`);
    if (code === "run_cancelled" || code === "stopped") break;
  }
}
await watchdog.stop();
await telemetry.shutdown();
// A phase that it stayed in may still wait for nothing.
process.exit(0);
