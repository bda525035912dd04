/** A worker that imports the library keeps a journal in a file: installed from tarballs, killed in the middle of a job, started again. */
import { join } from "node:path";
import { EVENTS } from "@worker-watchdog/sdk/semconv";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createOutsideProject, type OutsideProject } from "./outside-project.ts";

const WORKER = `
import { journalRetention, openJournal, type FileJournal } from "@worker-watchdog/node/journal";
import { createWatchdog } from "@worker-watchdog/sdk";
import { defaultPolicy } from "@worker-watchdog/sdk/policy";

const journal: FileJournal = openJournal({ file: process.argv[2] ?? "", retention: journalRetention(defaultPolicy) });
console.log(JSON.stringify(journal.records().map(({ kind, name, jobId }) => name ?? \`\${kind} \${jobId ?? ""}\`)));
const watchdog = createWatchdog({ worker: { id: "w1", pool: "p", role: "builder" }, journal });
await watchdog.heartbeat(async (beat) => {
  await beat.doctor(() => ({ ok: true, token_present: true, touch: { ok: true } }));
  await beat.touch(() => ({ ok: true, touched: true }));
  const now = Math.floor(Date.now() / 1_000);
  const job = { id: "J1", lease_expires_at: now + 900, deliverable_id: null, artifact_kinds: [], payload: {} };
  await beat.claim(() => ({ ok: true, server_time: now, job }));
  process.kill(process.pid, "SIGKILL");
});
`;

let project: OutsideProject;
beforeAll(async () => {
  project = await createOutsideProject();
  const names = project.packed.map(({ name }) => name).filter((name) => !name.endsWith("/cli"));
  const installed = await project.npm("install", ...names, "@opentelemetry/api");
  expect(installed, installed.stderr).toMatchObject({ code: 0 });
  await project.write("worker.ts", WORKER);
}, 300_000);
afterAll(() => project?.remove());

describe("@worker-watchdog/node/journal", () => {
  it("R9.4: a worker that is killed knows at its next start what it had claimed", async () => {
    const file = join(project.directory, "state", "journal.db");
    const first = await project.run(process.execPath, ["worker.ts", file]);
    expect(first).toMatchObject({ stdout: "[]\n", stderr: "" });
    const second = await project.run(process.execPath, ["worker.ts", file]);
    expect(second.stderr).toBe("");
    expect(JSON.parse(second.stdout)).toEqual(expect.arrayContaining([EVENTS.jobClaimed, "worker_job_attempt J1"]));
  });

  it("brings nothing with it but the sdk", async () => {
    expect(await project.copies("@worker-watchdog/")).toEqual(
      new Map([
        ["@worker-watchdog/sdk", 1],
        ["@worker-watchdog/node", 1],
      ]),
    );
  });
});
