/**
 * Check 5 of the design, for a worker in TypeScript: it lives outside the repository, was installed with plain npm from the packed packages, and has
 * an OpenTelemetry SDK of its own with a random instance id. Golden scenarios 1 to 6 page through the real Collector, Prometheus and Alertmanager.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parsePolicy } from "@worker-watchdog/sdk/policy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type MonitoredStack, startMonitoredStack } from "../end-to-end/monitored-stack.ts";
import type { Page } from "../end-to-end/page-inbox.ts";
import { poll } from "../end-to-end/poll.ts";
import { type OutsideJobService, startOutsideJobService } from "./job-service.ts";
import { createOutsideProject, type OutsideProject, plainEnvironment } from "./outside-project.ts";
import { expectTraceWithRoot, expectWholePage } from "./whole-page.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const LEASE_SECONDS = 100;
/** What users get, with leases of 100 seconds instead of 15 minutes: the lease page must come before its expiry. */
const POLICY = `version: codex_session_watchdog_v1
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
/** The train that the packages are of; a user of another one finds out by \`npm ls\`. */
const OWN_SDK = ["sdk-node", "sdk-metrics", "exporter-metrics-otlp-http"].map((name) => `@opentelemetry/${name}`);

let project: OutsideProject;
let monitored: MonitoredStack;
const jobServices = new Map<string, OutsideJobService>();
const workers = new Map<string, ChildProcess>();

beforeAll(async () => {
  project = await createOutsideProject();
  const { catalog } = parse(await readFile(join(root, "pnpm-workspace.yaml"), "utf8"));
  const own = OWN_SDK.map((name) => `${name}@${catalog[name]}`);
  const installed = await project.npm(
    "install",
    "@worker-watchdog/sdk",
    "@worker-watchdog/node",
    "@opentelemetry/api",
    ...own,
  );
  expect(installed, installed.stderr).toMatchObject({ code: 0 });
  // Two copies of the SDK would be two worlds: rows in one, the reader in the other, and no page.
  expect([...(await project.copies("@opentelemetry/"))].filter(([, count]) => count > 1)).toEqual([]);
  await project.write("worker.ts", await readFile(join(import.meta.dirname, "outside-worker.program.ts"), "utf8"));
  await project.write("watchdog.yaml", POLICY);
  monitored = await startMonitoredStack(parsePolicy(POLICY), { folder: project.directory });
}, 900_000);

afterAll(async () => {
  for (const worker of workers.values()) worker.kill("SIGKILL");
  await monitored?.close();
  for (const service of jobServices.values()) await service.close();
  await project?.remove();
});

/** Starts the worker of one scenario; the scenario is its pool. Gives what its heartbeats said, once it has ended. */
async function startWorker(
  scenario: string,
  { heartbeats = 1, stays = "" } = {},
): Promise<{ readonly ended: Promise<readonly string[]>; leave(): void }> {
  const service = jobServices.get(scenario);
  const worker = spawn(process.execPath, ["worker.ts"], {
    cwd: project.directory,
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...plainEnvironment(),
      JOB_SERVICE: service?.url ?? "",
      FILES: service?.filesUrl ?? "",
      WORKER: `${scenario}-worker`,
      POOL: scenario,
      POLICY: "watchdog.yaml",
      HEARTBEATS: String(heartbeats),
      STAYS: stays,
      OTEL_EXPORTER_OTLP_ENDPOINT: monitored.stack.otlpEndpoint,
      OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${randomUUID()}`,
      OTEL_SERVICE_NAME: "somebody-elses-worker",
    },
  });
  workers.set(scenario, worker);
  const said: string[] = [];
  createInterface({ input: worker.stdout }).on("line", (line) => said.push(line));
  const ended = new Promise<readonly string[]>((resolve, reject) => {
    worker.once("close", (code) => (code === 0 ? resolve(said) : reject(new Error(`${scenario} ended with ${code}`))));
  });
  ended.catch(() => {});
  return { ended, leave: () => void worker.kill("SIGTERM") };
}

async function serve(scenario: string): Promise<OutsideJobService> {
  const service = await startOutsideJobService(LEASE_SECONDS);
  jobServices.set(scenario, service);
  return service;
}

function pagesOf(scenario: string): readonly Page[] {
  return monitored.inbox.pages.filter(({ labels }) => labels["worker_pool"] === scenario);
}

function firstPage(scenario: string): Promise<Page> {
  return poll(`a page of ${scenario}`, () => pagesOf(scenario)[0], { timeoutMillis: 120_000 });
}

describe("a worker outside the repository, with its own NodeSDK", () => {
  it.concurrent("1: pages once, without a job, after the third empty claim", async () => {
    await serve("no-job");
    const { ended, leave } = await startWorker("no-job", { heartbeats: 3, stays: "yes" });
    const page = await firstPage("no-job");
    expectWholePage(page, {
      alert: "RepeatedNoJob",
      receiver: "pls_ops-message",
      owner: "pls_ops",
      job: "none",
      nextAction: "inspect_backlog_capabilities",
    });
    // A worker that signs off is nobody's to be told of any more.
    leave();
    expect(await ended).toEqual(["heartbeat: ok", "heartbeat: ok", "heartbeat: ok"]);
  });

  it.concurrent("2: completes a job", async () => {
    const service = await serve("normal");
    service.service.add({ id: "job-normal", deliverableId: "D1" });
    const { ended } = await startWorker("normal");
    expect(await ended).toEqual(["heartbeat: ok"]);
    expect(service.service.state("job-normal")).toBe("completed");
    expect(service.asked).toContain("upload job-normal");
  });

  it.concurrent("3: skips the upload and pages while the job has no deliverable id, until the shared artifact is verified", async () => {
    const service = await serve("no-deliverable-id");
    service.service.add({ id: "job-no-deliverable-id" });
    const release = service.holdBuild("job-no-deliverable-id");
    const { ended } = await startWorker("no-deliverable-id");
    const page = await firstPage("no-deliverable-id");
    expectWholePage(page, {
      alert: "MissingDeliverableId",
      receiver: "codex_worker_maintainer-message",
      owner: "codex_worker_maintainer",
      job: "job-no-deliverable-id",
      nextAction: "publish_shared_cloud_artifact",
    });
    release();
    expect(await ended).toEqual(["heartbeat: ok"]);
    expect(service.service.state("job-no-deliverable-id")).toBe("completed");
    expect(service.asked).not.toContain("upload job-no-deliverable-id");
    await expectTraceWithRoot(monitored.stack.tracesFile, page, [
      "worker.claim",
      "worker.upload",
      "worker.artifact",
      "worker.complete",
    ]);
    await poll("its end", () => pagesOf("no-deliverable-id").find(({ status }) => status === "resolved"));
  });

  it.concurrent("4: repairs a missing artifact kind without a page", async () => {
    const service = await serve("rejected-once");
    service.service.add({ id: "job-rejected-once", deliverableId: "D1", artifactKinds: ["file_list"] });
    const { ended } = await startWorker("rejected-once");
    expect(await ended).toEqual(["heartbeat: ok"]);
    expect(service.service.state("job-rejected-once")).toBe("completed");
    expect(service.service.calls("complete")).toBe(2);
  });

  it.concurrent("4: pages when the repaired completion is rejected again", async () => {
    const service = await serve("rejected-twice");
    service.service.add({ id: "job-rejected-twice", deliverableId: "D1" });
    const rejection = { ok: false, status: "rejected", error: "missing_artifact_kind", missing_kinds: ["file_list"] };
    service.service.fault("complete", { result: rejection }, 2);
    const { ended } = await startWorker("rejected-twice");
    expect(await ended).toEqual(["heartbeat: complete_rejected"]);
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
    const { ended } = await startWorker("job-not-found");
    await poll("the build", () => (service.asked.includes("build job-not-found-1") ? true : undefined));
    service.service.remove("job-not-found-1");
    release();
    expect(await ended).toEqual(["heartbeat: job_not_found"]);
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
    await startWorker("lease-expiring");
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
});

describe("afterwards", () => {
  it("nobody was told of the workers that did their job, and of the others what was wrong alone", () => {
    const told = (scenario: string): readonly string[] => [
      ...new Set(pagesOf(scenario).map(({ labels }) => labels["alertname"] ?? "")),
    ];
    expect(told("normal")).toEqual([]);
    expect(told("rejected-once")).toEqual([]);
    expect(told("no-job")).toEqual(["RepeatedNoJob"]);
    expect(pagesOf("no-job").filter(({ status }) => status === "firing")).toHaveLength(1);
    expect(told("no-deliverable-id")).toEqual(["MissingDeliverableId"]);
  });
});
