/** One process of a one-shot worker: `claim`, `claim-job`, `artifact` or `complete`, with a journal and an artifact host that are given. */
import { startCommandTelemetry, type Telemetry } from "@worker-watchdog/node/command";
import { exportStamp, openOneShotWorker } from "@worker-watchdog/sdk/one-shot";
import { createPolicy } from "@worker-watchdog/sdk/policy";
import { openJournal } from "@worker-watchdog/store";

const [action = "", file = "", artifactUrl = ""] = process.argv.slice(2);
const worker = { id: "one-shot-1", pool: "one-shot" };
const journal = openJournal({ file });
const telemetry: Telemetry = startCommandTelemetry({ worker, stampMillis: exportStamp(journal, worker) });
const policy = createPolicy({ artifact: { allowed_private_hosts: ["127.0.0.1"] } });
const shot = openOneShotWorker({ worker, journal, policy });
const now = Math.floor(Date.now() / 1000);
const job = { id: "job-7", lease_expires_at: now + 900, deliverable_id: "d", artifact_kinds: [], payload: {} };

if (action.startsWith("claim"))
  await shot
    .heartbeat("claim")
    .claim(async () => ({ ok: true, server_time: now, job: action === "claim" ? null : job }));
if (action === "artifact")
  await shot.job()?.artifact(async () => ({ url: `${artifactUrl}/a.html`, filesUrl: `${artifactUrl}/files.json` }));
if (action === "complete") {
  const held = shot.job();
  if (held?.verifiedArtifact === undefined) throw new Error("The artifact's check is not in the journal.");
  await held.complete(held.verifiedArtifact, async () => ({ ok: true, status: "completed" }));
}
await telemetry.flush();
if (telemetry.notSent() === undefined) shot.delivered();
shot.close();
await telemetry.shutdown();
