/**
 * A worker that says a credential wherever it can, for one heartbeat. Environment as worker.program.ts, and SECRETS: JSON of the credentials, by where they go, and
 * ARTIFACT_HOST: where `/report` and `/files.json` are.
 */
import { startTelemetry } from "@worker-watchdog/node";
import { createWatchdog, type Job, jsonResult, type PhaseContext } from "@worker-watchdog/sdk";
import { createPolicy } from "@worker-watchdog/sdk/policy";
import { openJournal } from "@worker-watchdog/store";

const { JOB_SERVICE = "", POLICY = "{}", JOURNAL = "", SECRETS = "{}", ARTIFACT_HOST = "" } = process.env;
const { WATCHDOG_WORKER_ID = "", WATCHDOG_WORKER_POOL = "" } = process.env;
const secret: Readonly<Record<string, string>> = JSON.parse(SECRETS);
const worker = { id: WATCHDOG_WORKER_ID, pool: WATCHDOG_WORKER_POOL, role: "builder" };
const telemetry = startTelemetry({ worker, exportIntervalMillis: 1_000 });

async function ask(command: string, { headers, signal }: PhaseContext, job?: Job): Promise<unknown> {
  const body = JSON.stringify({ worker: worker.id, job: job?.id });
  return jsonResult(
    await fetch(`${JOB_SERVICE}/${command}`, { method: "POST", body, headers: { ...headers }, signal }),
  );
}

const watchdog = createWatchdog({
  worker,
  policy: createPolicy(JSON.parse(POLICY)),
  journal: openJournal({ file: JOURNAL }),
  helper: { backlog: () => ({ pending_jobs: 1, note: `Bearer ${secret["backlog"]}` }) },
});

await watchdog.heartbeat(async (beat) => {
  await beat
    .touch(() => {
      throw new Error(`401 for Authorization: Bearer ${secret["error"]}`);
    })
    .catch(() => {});
  const job = await beat.claim((context) => ask("claim", context));
  if (job === undefined) throw new Error("no job");
  await job.context((context) => ask("context", context, job));
  await job
    .phase("build", () => {
      const cause = new Error(`connect postgres://ci:${secret["cause"]}@db.example.com/jobs`);
      throw Object.assign(new Error(`failed with token=${secret["error"]}`, { cause }), { name: secret["name"] });
    })
    .catch(() => {});
  const address = new URL(`${ARTIFACT_HOST}/report?X-Amz-Signature=${secret["query"]}`);
  address.username = "deploy";
  address.password = secret["password"] ?? "";
  const filesUrl = `${ARTIFACT_HOST}/files.json?access_token=${secret["query"]}`;
  await job.artifact(() => ({ url: address.href, filesUrl })).catch(() => {});
  await job.artifact(() => ({ url: `${ARTIFACT_HOST}/report?sig=${secret["query"]}`, filesUrl }));
  await job.fail(`gave up: password=${secret["reason"]}`, (context) => ask("fail", context, job));
});
await watchdog.heartbeat((beat) => beat.claim((context) => ask("claim", context)));
await watchdog.stop();
await telemetry.shutdown();
process.exit(0);
