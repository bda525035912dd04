/**
 * Check 5 of the design, for a worker in plain sh: the script of examples/shell-worker outside the repository, with `watchdog` from plain npm, one
 * process for each phase. Golden scenarios 1 to 6 page through the real Collector, Prometheus and Alertmanager; its claims add up.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, readFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parsePolicy } from "@worker-watchdog/sdk/policy";
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MonitoredStack, startMonitoredStack } from "../end-to-end/monitored-stack.ts";
import type { Page } from "../end-to-end/page-inbox.ts";
import { poll } from "../end-to-end/poll.ts";
import { fencedBlocks, shellCommands } from "./fenced-code.ts";
import { type OutsideJobService, startOutsideJobService } from "./job-service.ts";
import { createOutsideProject, type OutsideProject, plainEnvironment } from "./outside-project.ts";
import { expectTraceWithRoot, expectWholePage } from "./whole-page.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/shell-worker/", import.meta.url));
const LEASE_SECONDS = 100;
const CLAIMS = 10;
/** The example's commands, and leases of 100 seconds instead of 15 minutes: the lease page must come before its expiry. */
const POLICY = `version: codex_session_watchdog_v1
checks:
  touch:
    command: ./ask.sh touch
  progress:
    command: ./ask.sh progress
thresholds:
  lease_remaining_minutes_warn: 0.75
  lease_keepalive_minutes: 1.3
  lease_emergency_minutes: 0.25
  artifact_missing_lease_minutes: 0.25
  lease_expired_grace_seconds: 15
links:
  trace: https://traces.example.com/{trace_id}
artifact:
  allowed_private_hosts: [127.0.0.1]
`;
/** As long as the test wants it to be. */
const HELD_BUILD = `curl -sS --fail -d "{\\"job\\":\\"$WATCHDOG_JOB_ID\\"}" "$JOB_SERVICE/build" > /dev/null\n`;

let project: OutsideProject;
let monitored: MonitoredStack;
const jobServices = new Map<string, OutsideJobService>();
const workers: ChildProcess[] = [];
/** The newest process of each scenario. */
const running = new Map<string, ChildProcess>();

beforeAll(async () => {
  project = await createOutsideProject();
  const installed = await project.npm("install", "@worker-watchdog/cli");
  expect(installed, installed.stderr).toMatchObject({ code: 0 });
  for (const name of ["worker.sh", "ask.sh", "build.sh", "upload.sh"]) {
    const script = await readFile(join(EXAMPLE, name), "utf8");
    await project.write(name, name === "build.sh" ? `${script}${HELD_BUILD}` : script);
    await chmod(join(project.directory, name), 0o755);
  }
  await project.write("watchdog.yaml", POLICY);
  monitored = await startMonitoredStack(parsePolicy(POLICY), { folder: project.directory });
}, 900_000);

afterAll(async () => {
  for (const { pid, exitCode, signalCode } of workers) {
    // The group: the script, its watchdog exec and their command.
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, "SIGKILL");
  }
  await monitored?.close();
  for (const service of jobServices.values()) await service.close();
  await project?.remove();
});

/** Runs a program for the worker of one scenario; the scenario is its pool. Gives its exit code and what it said. */
function run(
  scenario: string,
  command: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; said: string }> {
  const service = jobServices.get(scenario);
  const environment = plainEnvironment();
  const [program = "", ...args] = command;
  const worker = spawn(program, args, {
    cwd: project.directory,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...environment,
      PATH: [join(project.directory, "node_modules/.bin"), dirname(process.execPath), environment["PATH"]].join(
        delimiter,
      ),
      XDG_STATE_HOME: join(project.directory, "state", scenario),
      WATCHDOG_WORKER_ID: `${scenario}-worker`,
      WATCHDOG_WORKER_POOL: scenario,
      JOB_SERVICE: service?.url ?? "",
      FILES: service?.filesUrl ?? "",
      OTEL_EXPORTER_OTLP_ENDPOINT: monitored.stack.otlpEndpoint,
      ...variables,
    },
  });
  workers.push(worker);
  running.set(scenario, worker);
  let said = "";
  for (const stream of [worker.stdout, worker.stderr]) stream.on("data", (chunk) => (said += String(chunk)));
  return new Promise((resolve, reject) => {
    worker.once("error", reject).once("close", (code) => resolve({ code, said }));
  });
}

const heartbeat = (scenario: string) => run(scenario, ["./worker.sh"]);

async function serve(scenario: string): Promise<OutsideJobService> {
  const service = await startOutsideJobService(LEASE_SECONDS);
  jobServices.set(scenario, service);
  return service;
}

function pagesOf(scenario: string): readonly Page[] {
  return monitored.inbox.pages.filter(({ labels }) => labels["worker_pool"] === scenario);
}

function firstPage(scenario: string): Promise<Page> {
  return poll(`a page of ${scenario}`, () => pagesOf(scenario)[0], { timeoutMillis: 180_000 });
}

describe("a worker in plain sh, outside the repository", () => {
  it.concurrent("1: pages once, without a job, after the third empty claim", async () => {
    await serve("no-job");
    for (let beat = 0; beat < 3; beat += 1) expect(await heartbeat("no-job")).toMatchObject({ code: 0 });
    expectWholePage(await firstPage("no-job"), {
      alert: "RepeatedNoJob",
      receiver: "pls_ops-message",
      owner: "pls_ops",
      job: "none",
      nextAction: "inspect_backlog_capabilities",
    });
  });

  it.concurrent("2: completes a job; its rows have the labels of the rules, and nothing is not sent", async () => {
    const { service, asked } = await serve("normal");
    service.add({ id: "job-normal", deliverableId: "D1" });
    const { code, said } = await heartbeat("normal");
    expect(code, said).toBe(0);
    expect(said).not.toContain("not sent");
    expect(service.state("job-normal")).toBe("completed");
    expect(asked.filter((command) => command.startsWith("complete"))).toHaveLength(1);
    const settled = `${METRICS.claimSettledAt.prometheusName}{worker_pool="normal"}`;
    const rows = await poll("the settled row", async () => {
      const found = await monitored.query(settled);
      return found.length > 0 ? found : undefined;
    });
    expect(rows.map(({ labels }) => labels)).toEqual([
      {
        __name__: METRICS.claimSettledAt.prometheusName,
        job: expect.any(String),
        instance: expect.any(String),
        worker_pool: "normal",
        worker_id: "normal-worker",
        job_id: "job-normal",
        trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      },
    ]);
  });

  it.concurrent("3: skips the upload and pages while the job has no deliverable id, until the shared artifact is verified", async () => {
    const service = await serve("no-deliverable-id");
    service.service.add({ id: "job-no-deliverable-id" });
    const release = service.holdBuild("job-no-deliverable-id");
    const ended = heartbeat("no-deliverable-id");
    const page = await firstPage("no-deliverable-id");
    expectWholePage(page, {
      alert: "MissingDeliverableId",
      receiver: "codex_worker_maintainer-message",
      owner: "codex_worker_maintainer",
      job: "job-no-deliverable-id",
      nextAction: "publish_shared_cloud_artifact",
    });
    release();
    const { code, said } = await ended;
    expect(code, said).toBe(0);
    expect(said).toContain("upload skipped");
    expect(service.service.state("job-no-deliverable-id")).toBe("completed");
    await expectTraceWithRoot(monitored.stack.tracesFile, page, [
      "worker.claim",
      "worker.upload",
      "worker.artifact",
      "worker.complete",
    ]);
    await poll("its end", () => pagesOf("no-deliverable-id").find(({ status }) => status === "resolved"));
  });

  it.concurrent("4: repairs a missing artifact kind without a page", async () => {
    const { service } = await serve("rejected-once");
    service.add({ id: "job-rejected-once", deliverableId: "D1", artifactKinds: [] });
    const rejection = { ok: false, status: "rejected", error: "missing_artifact_kind", missing_kinds: ["file_list"] };
    service.fault("complete", { result: rejection }, 1);
    const { code, said } = await heartbeat("rejected-once");
    // The exit code of the last try, whose output passed.
    expect(code, said).toBe(0);
    expect(service.state("job-rejected-once")).toBe("completed");
    expect(service.calls("complete")).toBe(2);
  });

  it.concurrent("4: pages when the repaired completion is rejected again, and fails the job with a reason", async () => {
    const { service } = await serve("rejected-twice");
    service.add({ id: "job-rejected-twice", deliverableId: "D1" });
    const rejection = { ok: false, status: "rejected", error: "missing_artifact_kind", missing_kinds: ["file_list"] };
    service.fault("complete", { result: rejection }, 2);
    // Its `fail` would close the page: the queue does not acknowledge it.
    service.fault("fail", { result: { ok: false } }, 1);
    expect(await heartbeat("rejected-twice")).toMatchObject({ code: 1 });
    const page = await firstPage("rejected-twice");
    expectWholePage(page, {
      alert: "CompleteRejected",
      receiver: "codex_worker_maintainer-page",
      owner: "codex_worker_maintainer",
      job: "job-rejected-twice",
      nextAction: "add_missing_kind_or_escalate",
    });
    await expectTraceWithRoot(monitored.stack.tracesFile, page, ["worker.claim", "worker.artifact", "worker.complete"]);
  });

  it.concurrent("5: pages when the queue no longer knows the job, and claims no completion", async () => {
    const service = await serve("job-not-found");
    service.service.add({ id: "job-not-found-1", deliverableId: "D1" });
    const release = service.holdBuild("job-not-found-1");
    const ended = heartbeat("job-not-found");
    await poll("the build", () => (service.asked.includes("build job-not-found-1") ? true : undefined));
    service.service.remove("job-not-found-1");
    release();
    const { code, said } = await ended;
    expect([code, said]).toEqual([1, expect.stringMatching(/complete \w+ \(job_not_found\)/)]);
    const page = await firstPage("job-not-found");
    expectWholePage(page, {
      alert: "JobNotFoundAfterClaim",
      receiver: "pls_platform_owner-page",
      owner: "pls_platform_owner",
      job: "job-not-found-1",
      nextAction: "preserve_artifact_and_alert",
    });
    await expectTraceWithRoot(monitored.stack.tracesFile, page, ["worker.claim", "worker.artifact", "worker.complete"]);
  });

  it.concurrent("6: pages before the lease runs out, when renewal fails", async () => {
    const service = await serve("lease-expiring");
    service.service.add({ id: "job-lease-expiring", deliverableId: "D1" });
    service.holdBuild("job-lease-expiring");
    void heartbeat("lease-expiring");
    await poll("the build", () => (service.asked.includes("build job-lease-expiring") ? true : undefined));
    const expiresBefore = Date.now() + LEASE_SECONDS * 1_000;
    service.service.fault("progress", { throws: new Error("the queue is down") }, 1_000);
    const page = await firstPage("lease-expiring");
    expect(page.atMillis).toBeLessThan(expiresBefore - 1_000);
    expectWholePage(page, {
      alert: "LeaseExpiringWithClaimedJob",
      receiver: "pls_platform_owner-page",
      owner: "pls_platform_owner",
      job: "job-lease-expiring",
      nextAction: "alert_and_retouch",
    });
    await expectTraceWithRoot(monitored.stack.tracesFile, page, ["worker.claim", "worker.context", "worker.progress"]);
  });

  it.concurrent("killed in its build with all of its processes, and started again: it does the job, once", async () => {
    const service = await serve("killed");
    service.service.add({ id: "job-killed", deliverableId: "D1" });
    const release = service.holdBuild("job-killed");
    const first = heartbeat("killed");
    await poll("the build", () => (service.asked.includes("build job-killed") ? true : undefined));
    const pid = running.get("killed")?.pid;
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
    expect(await first).toMatchObject({ code: null });
    release();
    const { code, said } = await heartbeat("killed");
    expect(code, said).toBe(0);
    expect(service.service.state("job-killed")).toBe("completed");
    expect(service.asked.filter((command) => command.startsWith("complete"))).toHaveLength(1);
    expect(service.asked).toContain("release job-killed");
    const claims = `sum(${METRICS.claims.prometheusName}{worker_pool="killed",worker_claim_outcome="job"})`;
    await poll("both claims", async () => ((await monitored.query(claims))[0]?.value === 2 ? true : undefined));
  });

  it.concurrent(`counts ${CLAIMS} claims of ${CLAIMS} processes as ${CLAIMS}, and no rise more than there was`, async () => {
    await serve("counted");
    const claims = `${METRICS.claims.prometheusName}{worker_pool="counted"}`;
    for (let count = 0; count < CLAIMS; count += 1) {
      const { code, said } = await run("counted", ["watchdog", "exec", "--phase", "claim", "--", "./ask.sh", "claim"]);
      expect(code, said).toBe(0);
    }
    const total = await poll("the total", async () => {
      const found = await monitored.query(`sum by (worker_id) (${claims})`);
      return found[0]?.value === CLAIMS ? found : undefined;
    });
    expect(total).toHaveLength(1);
    const [rise] = await monitored.query(`sum(increase(${claims}[10m]))`);
    expect(rise?.value ?? 0).toBeLessThanOrEqual(CLAIMS * 1.5);
    expect(await monitored.query(`sum(resets(${claims}[10m])) > 0`)).toEqual([]);
  });
});

describe("the document", () => {
  it("says commands that run as they stand, up to a completed job and its status", async () => {
    const service = await serve("document");
    service.service.add({ id: "job-document", deliverableId: "D1" });
    const document = await readFile(join(EXAMPLE, "../../docs/concepts/shell-workers.md"), "utf8");
    const [block] = fencedBlocks(document).filter(({ language }) => language === "sh");
    const commands = shellCommands(block?.code ?? "")
      // It is installed, and the Collector of a test has another port.
      .filter((command) => !command.startsWith("npm install") && !command.includes("OTLP_ENDPOINT="));
    const { code, said } = await run("document", ["sh", "-ec", commands.join("\n")], {
      URL: `${service.filesUrl}/job-document/report.html`,
      FILES_URL: `${service.filesUrl}/job-document/files.json`,
    });
    expect(code, said).toBe(0);
    expect(service.service.state("job-document")).toBe("completed");
    expect(said).toMatch(/^ok {4}Collector: /m);
    expect(said).toMatch(
      /^reports\/worker-1\n {2}health {5}idle\n {2}job {8}none; the last was job-document: completed$/m,
    );
  });
});

describe("afterwards", () => {
  it("nobody was told of the workers that did their job, and of the others what was wrong alone", () => {
    const told = (scenario: string): readonly string[] => [
      ...new Set(pagesOf(scenario).map(({ labels }) => labels["alertname"] ?? "")),
    ];
    expect(told("normal")).toEqual([]);
    expect(told("rejected-once")).toEqual([]);
    expect(told("killed")).toEqual([]);
    expect(told("no-job")).toEqual(["RepeatedNoJob"]);
    expect(pagesOf("no-job")).toHaveLength(1);
    expect(told("no-deliverable-id")).toEqual(["MissingDeliverableId"]);
  });
});
