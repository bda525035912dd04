/**
 * A worker that stays in the phase it is told to, for a test to kill it there. It talks to the job service and artifact host that the test runs.
 *
 * Environment: JOB_SERVICE (base address), STAY_IN (a phase, or empty to go through), POLICY (JSON of a policy), WATCHDOG_WORKER_ID, WATCHDOG_WORKER_POOL.
 */
import { startTelemetry } from "@worker-watchdog/node";
import { createWatchdog, jsonResult, type PhaseContext } from "@worker-watchdog/sdk";
import { createPolicy } from "@worker-watchdog/sdk/policy";
import { stopWithParent } from "../../tools/workspace/stop-with-parent.ts";

stopWithParent();

const {
  JOB_SERVICE = "",
  STAY_IN = "",
  POLICY = "{}",
  WATCHDOG_WORKER_ID = "",
  WATCHDOG_WORKER_POOL = "",
} = process.env;
const worker = { id: WATCHDOG_WORKER_ID, pool: WATCHDOG_WORKER_POOL, role: "builder" };
startTelemetry({ worker, exportIntervalMillis: 1_000 });

async function ask(command: string, body: object, { signal, headers }: PhaseContext): Promise<unknown> {
  const response = await fetch(`${JOB_SERVICE}/${command}`, {
    method: "POST",
    body: JSON.stringify({ worker: worker.id, ...body }),
    headers: { ...headers, "content-type": "application/json" },
    signal,
  });
  return jsonResult(response);
}

/** Says where the worker is, and stays there where it was told to. */
async function at(phase: string): Promise<void> {
  process.stdout.write(`${phase}\n`);
  if (phase === STAY_IN) await new Promise((resolve) => setTimeout(resolve, 600_000));
}

const watchdog = createWatchdog({ worker, policy: createPolicy(JSON.parse(POLICY)) });
await watchdog.heartbeat(async (beat) => {
  await beat.doctor(async (context) => {
    await at("doctor");
    return ask("doctor", {}, context);
  });
  await beat.touch(async (context) => {
    await at("touch");
    return ask("touch", {}, context);
  });
  const job = await beat.claim(async (context) => {
    await at("claim");
    return ask("claim", {}, context);
  });
  if (job === undefined) return;
  await job.context(async (context) => {
    await at("context");
    return ask("context", { job: job.id }, context);
  });
  await job.progress("building_artifact", async (context) => {
    await at("progress");
    return ask("progress", { job: job.id }, context);
  });
  const artifact = await job.artifact(async () => {
    await at("artifact");
    return { url: `${JOB_SERVICE}/report.html`, filesUrl: `${JOB_SERVICE}/files.json` };
  });
  await job.complete(artifact, async (context) => {
    await at("complete");
    return ask("complete", { job: job.id }, context);
  });
});
await watchdog.stop();
