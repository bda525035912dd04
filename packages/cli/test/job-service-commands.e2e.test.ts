/** R6 for workers of one-shot commands: what `watchdog exec` asks the job service by itself, through the policy's commands. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type JobServer, startJobServer } from "../../../test/end-to-end/job-server.ts";
import { startOtlpReceiver } from "../../node/test/otlp-receiver.ts";
import { type ShellWorker, shellWorker } from "./shell-worker.ts";

const QUICK = `thresholds:\n  job_command_timeout_seconds: 2\n  repair_wait_seconds: 0\nartifact:\n  allowed_private_hosts: [127.0.0.1]\n`;
/** The answer of the first complete, and of every one, is lost. */
const LOST = "echo try >> tries; exit 6";

let host: JobServer;

beforeAll(async () => {
  host = await startJobServer(900);
});
afterAll(() => host.close());

function asking(what: string, script: string): string {
  return `${QUICK}job_service:\n  ${what}:\n    command: ${JSON.stringify(script)}\n`;
}

async function withArtifact(worker: ShellWorker): Promise<void> {
  await worker.claim();
  const gate = ["--url", `${host.url}/report.html`, "--files-url", `${host.url}/files.json`];
  expect((await worker.run(["exec", "--phase", "artifact", ...gate])).code).toBe(0);
}

const tries = (worker: ShellWorker) => readFile(join(worker.directory, "tries"), "utf8");

describe("a complete whose answer is lost", () => {
  it.each<[string, string, number, string, string]>([
    [
      "is done: not sent again",
      `{"status":"completed","completed_by":"w"}`,
      0,
      "try\n",
      "complete ok: the answer was lost; the job's state says that it is done",
    ],
    [
      "is not done: sent once more",
      `{"status":"running","held_by":"w"}`,
      6,
      "try\ntry\n",
      "complete failed (exit_6): The queue gave no usable answer",
    ],
    [
      "is another worker's: not sent again",
      `{"status":"completed","completed_by":"v"}`,
      6,
      "try\n",
      "whether it is done, only the queue can say",
    ],
    [
      "is unknown: sent once more",
      "no JSON",
      6,
      "try\ntry\n",
      "complete failed (exit_6): The queue gave no usable answer",
    ],
  ])("by the job's state %s", async (_, state, code, sent, said) => {
    await using worker = await shellWorker(
      asking("read", `echo "$WATCHDOG_PHASE $WATCHDOG_JOB_ID" >> asked; echo '${state}'`),
    );
    await withArtifact(worker);
    const end = await worker.exec("complete", LOST);
    expect([end.code, await tries(worker)]).toEqual([code, sent]);
    expect(end.stderr).toContain(said);
    expect(await readFile(join(worker.directory, "asked"), "utf8")).toMatch(/^(?:read j1\n)+$/);
  });

  it("a queue that does not know the job says so with an exit code of its own", async () => {
    await using worker = await shellWorker(asking("read", `echo '{"ok":false,"error":"job_not_found"}'; exit 4`));
    await withArtifact(worker);
    const end = await worker.exec("complete", LOST);
    expect([end.code, await tries(worker)]).toEqual([6, "try\n"]);
    expect(end.stderr).toContain("The queue does not know job j1 on the retry of a complete that got no answer");
    const incidents = worker.journal((journal) => journal.records({ kind: "watchdog_incident" }));
    expect(incidents.map(({ data }) => [data["class"], data["reason"]])).toEqual([
      ["complete_unknown", "not_found_on_retry"],
    ]);
  });
});

describe("empty claims", () => {
  it("ask what the queue holds: exported, and in the proposal after the third", async () => {
    await using receiver = await startOtlpReceiver("ok");
    await using worker = await shellWorker(
      asking("backlog", `echo '{"pending_jobs":2,"oldest_pending_at":1770000000,"kinds":["video"]}'`),
    );
    for (let claim = 0; claim < 3; claim += 1)
      await worker.run(["exec", "--phase", "claim", "--", "echo", `{"ok":true,"job":null}`], {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      });
    const [proposal] = worker.journal((journal) => journal.records({ name: "worker.no_job.proposal" }));
    expect(proposal?.data).toMatchObject({ no_job_streak: 3, backlog_pending_jobs: 2, backlog_kinds: ["video"] });
    const points = receiver.received().points.filter(({ name }) => name === "worker.queue.pending_jobs");
    expect(points.at(-1)?.value).toBe(2);
  });
});

describe("release", () => {
  it("runs the policy's command where it is given none", async () => {
    await using worker = await shellWorker(
      asking("release", `echo "$WATCHDOG_JOB_ID $WATCHDOG_REASON" >> tries; echo '{"ok":true}'`),
    );
    await worker.claim();
    const end = await worker.run(["exec", "--phase", "release", "--reason", "shutting down"]);
    expect([end.code, await tries(worker)]).toEqual([0, "j1 shutting down\n"]);
    expect(await worker.status()).toMatchObject({ current_job: null, last_job: { state: "released" } });
  });

  it("without one it says which key is missing", async () => {
    await using worker = await shellWorker();
    await worker.claim();
    const end = await worker.run(["exec", "--phase", "release", "--reason", "r"]);
    expect([end.code, end.stderr]).toEqual([125, expect.stringContaining("job_service.release.command in the policy")]);
  });
});
