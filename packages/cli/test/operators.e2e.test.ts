/** R4.10, R9.4: what a person does about pages, by the command line, at the real Collector, Prometheus and Alertmanager. */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createPolicy, type PolicyInput, REPAIR_ACTIONS } from "@worker-watchdog/sdk/policy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type JobServer, startJobServer } from "../../../test/end-to-end/job-server.ts";
import { type MonitoredStack, startMonitoredStack } from "../../../test/end-to-end/monitored-stack.ts";
import { poll } from "../../../test/end-to-end/poll.ts";
import { SMALL_POLICY } from "../../../test/end-to-end/small-policy.ts";
import { type ProcessEnd, type ShellWorker, shellWorker } from "./shell-worker.ts";

const LEASE_SECONDS = 45;
const POLICY: PolicyInput = {
  ...SMALL_POLICY,
  thresholds: { ...SMALL_POLICY.thresholds, event_hold_minutes: 2, repair_wait_seconds: 0.2 },
  artifact: { ...SMALL_POLICY.artifact, retry_wait_seconds: 0.1 },
};
const WITHHELD: PolicyInput = {
  ...POLICY,
  self_heal: { allowed: REPAIR_ACTIONS.filter((action) => action !== "retouch_worker") },
};

/** When no rule sees a killed worker's rows any more: the longest range that opens a page, and a round of the scans that read it. */
const OUT_OF_SIGHT_MILLIS = 2 * 60_000 + 75_000;
const NOBODY_LISTENS = "http://127.0.0.1:9";

let monitored: MonitoredStack;
let host: JobServer;
let shell: ShellWorker;
const workers: ChildProcess[] = [];

beforeAll(async () => {
  host = await startJobServer(LEASE_SECONDS);
  shell = await shellWorker(
    Object.entries(POLICY)
      .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
      .join("\n"),
  );
  monitored = await startMonitoredStack(createPolicy(POLICY));
}, 600_000);

afterAll(async () => {
  for (const worker of workers) worker.kill("SIGKILL");
  await host?.close();
  await monitored?.close();
  await shell?.[Symbol.asyncDispose]();
});

/** Starts a worker; it is in its trouble when the promise settles. */
async function startWorker(
  id: string,
  pool: string,
  settings: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const program = join(import.meta.dirname, "operators.program.ts");
  const worker = spawn(process.execPath, ["--conditions=@worker-watchdog/source", program], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      POLICY: JSON.stringify(POLICY),
      HOST: host.url,
      LEASE_SECONDS: String(LEASE_SECONDS),
      WATCHDOG_WORKER_ID: id,
      WATCHDOG_WORKER_POOL: pool,
      OTEL_EXPORTER_OTLP_ENDPOINT: monitored.stack.otlpEndpoint,
      ...settings,
    },
  });
  workers.push(worker);
  const lines = createInterface({ input: worker.stdout });
  await new Promise<void>((resolve, reject) => {
    worker.once("exit", (code) => reject(new Error(`worker ${id} ended with ${code}`)));
    lines.on("line", () => resolve());
  });
  worker.removeAllListeners("exit");
  return worker;
}

/** Starts a worker without a job, and kills it when Prometheus has seen it. */
async function killOnceSeen(pool: string, id: string): Promise<void> {
  const since = Date.now() / 1_000;
  const worker = await startWorker(id, pool, {});
  await poll(`life of ${pool}/${id}`, async () =>
    (await monitored.query(`worker_alive_at_seconds{worker_pool="${pool}",worker_id="${id}"} > ${since}`)).length > 0
      ? true
      : undefined,
  );
  worker.kill("SIGKILL");
}

async function firing(pool: string, worker: string): Promise<readonly string[]> {
  const alerts = await monitored.query(`ALERTS{alertstate="firing",worker_pool="${pool}",worker_id="${worker}"}`);
  return alerts.map(({ labels: { alertname = "" } }) => alertname).sort();
}

/** Waits until the pages of these alerts, of one worker, have come with this status. */
async function told(pool: string, worker: string, status: "firing" | "resolved", ...alerts: string[]): Promise<void> {
  for (const alert of alerts)
    await poll(
      `${alert} of ${pool}/${worker} to be ${status}`,
      () => (monitored.inbox.told(pool).includes(`${alert}:${worker}:${status}`) ? true : undefined),
      { timeoutMillis: 120_000, last: () => monitored.inbox.told(pool) },
    );
}

/** `watchdog` as the person on call runs it, on a machine that has neither the worker nor its journal. */
async function watchdog(...args: readonly string[]): Promise<ProcessEnd & { readonly text: string }> {
  const [command = "", ...rest] = args;
  const server =
    command === "page-test"
      ? ["--alertmanager", monitored.stack.alertmanagerUrl]
      : ["--prometheus", monitored.stack.prometheusUrl];
  const end = await shell.run([command, ...server, ...rest], {
    OTEL_EXPORTER_OTLP_ENDPOINT: monitored.stack.otlpEndpoint,
  });
  return { ...end, text: end.stdout.toString() };
}

const acts = (name: string) =>
  shell
    .journal((journal) => journal.records({ kind: "worker_watchdog_event", limit: 1_000 }))
    .filter((record) => record.name === name)
    .map(({ id, jobId, workerId, data }) => ({ id, jobId, workerId, ...data }));

describe.concurrent("a person on call", () => {
  it("settles the job of a killed worker: its pages end and stay ended, and no other job's do", async () => {
    const pool = "settled";
    const first = await startWorker("first", pool, { JOB: "job-1", TROUBLE: "gate" });
    const second = await startWorker("second", pool, { JOB: "job-2", TROUBLE: "rejected" });
    await told(pool, "first", "firing", "ArtifactMissing");
    await told(pool, "second", "firing", "CompleteRejected");
    first.kill("SIGKILL");
    second.kill("SIGKILL");
    await told(pool, "first", "firing", "LeaseExpiringWithClaimedJob", "LeaseExpired");
    await told(pool, "second", "firing", "LeaseExpired");

    const nowhere = await shell.run(
      ["settle", "--job", "job-1", "--reason", "gone", "--prometheus", monitored.stack.prometheusUrl],
      { OTEL_EXPORTER_OTLP_ENDPOINT: NOBODY_LISTENS },
    );
    expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringContaining("no page ends")]);
    expect(acts("worker.operator.settled").at(-1)).toMatchObject({ jobId: "job-1", result: "failed" });
    expect(await firing(pool, "first")).toContain("LeaseExpired");

    const settled = await watchdog(
      "settle",
      "--job",
      "job-1",
      "--by",
      "ada",
      "--reason",
      "host is gone, password=hunter2secret",
    );
    expect([settled.code, settled.stderr]).toEqual([0, ""]);
    for (const alert of ["ArtifactMissing", "LeaseExpired"]) expect(settled.text).toContain(`ended: ${alert} (`);
    expect(settled.text).toContain("The queue was not touched.");
    const settledAt = Date.now();
    await told(pool, "first", "resolved", "LeaseExpired", "ArtifactMissing");
    expect((await firing(pool, "first")).filter((alert) => alert !== "WorkerAbsent")).toEqual([]);
    expect(await firing(pool, "second")).toEqual(expect.arrayContaining(["CompleteRejected", "LeaseExpired"]));

    const record = acts("worker.operator.settled").at(-1);
    expect(record).toMatchObject({
      jobId: "job-1",
      workerId: "first",
      operator: "ada",
      authority: "operator",
      reason: expect.not.stringContaining("hunter2"),
      new_state: "closed_by_operator",
      result: "success",
    });
    const attempt = shell.journal((journal) => journal.records({ kind: "worker_job_attempt", jobId: "job-1" })).at(-1);
    expect(attempt?.data).toMatchObject({ state: "closed_by_operator", complete_status: null, completed: null });

    const count = acts("worker.operator.settled").length;
    const again = await watchdog("settle", "--job", "job-1", "--reason", "host is gone");
    expect([again.code, again.text]).toEqual([0, expect.stringContaining("job job-1: nothing is open")]);
    expect(acts("worker.operator.settled")).toHaveLength(count);

    const other = await watchdog("settle", "--job", "job-2", "--reason", "host is gone");
    expect(other.code).toBe(0);
    await told(pool, "second", "resolved", "LeaseExpired", "CompleteRejected");

    // Past every range that opens a page, nothing comes back.
    await poll("the ranges to pass", () => (Date.now() > settledAt + OUT_OF_SIGHT_MILLIS ? true : undefined), {
      timeoutMillis: OUT_OF_SIGHT_MILLIS + 30_000,
    });
    const later = monitored.inbox.pages.filter(
      ({ labels, status, atMillis }) =>
        labels["worker_pool"] === pool &&
        labels["worker_id"] === "first" &&
        status === "firing" &&
        atMillis > settledAt + 5_000,
    );
    expect(later.map(({ labels }) => labels["alertname"]).filter((alert) => alert !== "WorkerAbsent")).toEqual([]);
  });

  it("decides a repair: alert 15 ends, and the attempt stays as it is", async () => {
    const pool = "decided";
    const worker = await startWorker("waits", pool, {
      JOB: "job-3",
      TROUBLE: "withheld",
      LEASE_SECONDS: "59",
      POLICY: JSON.stringify(WITHHELD),
    });
    await told(pool, "waits", "firing", "RepairExhausted");
    const held = await watchdog("retire", "--worker", "waits", "--reason", "not needed");
    expect([held.code, held.stderr]).toEqual([2, expect.stringMatching(/holds job job-3, leased until \d{4}-/)]);
    const end = await watchdog(
      "settle",
      "--job",
      "job-3",
      "--kind",
      "repair_exhausted",
      "--reason",
      "touched it by hand",
    );
    expect([end.code, end.stderr]).toEqual([0, ""]);
    expect(end.text).toContain("ended: RepairExhausted (");
    await told(pool, "waits", "resolved", "RepairExhausted");
    expect(
      await monitored.query(`attempt:worker_claim_lease_expires_at_seconds:max_open{job_id="job-3"}`),
    ).toHaveLength(1);
    expect(shell.journal((journal) => journal.records({ kind: "worker_job_attempt", jobId: "job-3" }))).toEqual([]);
    worker.kill("SIGKILL");
  });

  it("retires a worker: alert 14 ends, and a worker that comes back is missed again", async () => {
    const pool = "retired";
    await killOnceSeen(pool, "gone");
    await told(pool, "gone", "firing", "WorkerAbsent");
    const unknown = await watchdog("retire", "--worker", "gone", "--pool", "elsewhere", "--reason", "scaled down");
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      expect.stringContaining("no sign of life of gone in pool elsewhere"),
    ]);
    const end = await watchdog("retire", "--worker", "gone", "--reason", "scaled down");
    expect([end.code, end.stderr]).toEqual([0, ""]);
    expect(end.text).toContain("ended: WorkerAbsent (");
    await told(pool, "gone", "resolved", "WorkerAbsent");
    expect(acts("worker.operator.retired")).toHaveLength(2);
    expect((await watchdog("retire", "--worker", "gone", "--reason", "scaled down")).code).toBe(0);
    expect(acts("worker.operator.retired")).toHaveLength(2);

    const before = monitored.inbox.pages.length;
    await killOnceSeen(pool, "gone");
    await poll(
      "alert 14 of the worker that came back",
      () =>
        monitored.inbox.pages
          .slice(before)
          .find(
            ({ labels, status }) =>
              labels["worker_pool"] === pool && labels["alertname"] === "WorkerAbsent" && status === "firing",
          ),
      { timeoutMillis: 120_000 },
    );
  });

  it("tests the pages: each owner's receivers show one, and its end", async () => {
    const end = await watchdog("page-test", "--by", "ada");
    expect([end.code, end.stderr]).toEqual([0, ""]);
    const owners = ["pls_platform_owner", "codex_worker_maintainer", "pls_ops"];
    const receivers = owners.flatMap((owner) => [`${owner}-page`, `${owner}-message`]).sort();
    const tests = (status: string) =>
      monitored.inbox.pages.filter(({ labels, status: is }) => labels["alertname"] === "PageTest" && is === status);
    await poll("a test at each receiver", () =>
      new Set(tests("firing").map(({ receiver }) => receiver)).size === receivers.length ? true : undefined,
    );
    expect([...new Set(tests("firing").map(({ receiver }) => receiver))].sort()).toEqual(receivers);
    for (const { text } of tests("firing")) {
      expect(text).toMatch(
        /^PLS worker stability alert: TEST PAGE, nothing is wrong.*; next action=none; owner=\w+; due=\d{4}-/,
      );
      expect(text).not.toContain("<no value>");
    }
    await poll("the end of each", () =>
      new Set(tests("resolved").map(({ receiver }) => receiver)).size === receivers.length ? true : undefined,
    );
    expect(acts("worker.operator.page_tested").at(-1)).toMatchObject({ operator: "ada", result: "success" });

    await writeFile(
      join(shell.directory, "other.yaml"),
      "version: codex_session_watchdog_v1\nowner: nobody_knows\nowners:\n  nobody_knows: {}\n",
    );
    const other = await watchdog("page-test", "--policy", "other.yaml");
    expect([other.code, other.stderr]).toEqual([
      1,
      expect.stringContaining("no receiver nobody_knows-page, nobody_knows-message"),
    ]);
  });
});
