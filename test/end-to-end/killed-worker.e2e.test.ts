/**
 * Check 1 of the design: a real worker is killed with SIGKILL in each phase; through the real Collector, Prometheus and Alertmanager come the right
 * pages, with the labels that the rule tests use; another worker takes the job over, and the pages end and stay ended.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createPolicy } from "@worker-watchdog/sdk/policy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectPage } from "./golden/expect-page.ts";
import { type JobServer, startJobServer } from "./job-server.ts";
import { type MonitoredStack, startMonitoredStack } from "./monitored-stack.ts";
import { poll } from "./poll.ts";
import { SMALL_POLICY } from "./small-policy.ts";

const LEASE_SECONDS = 45;
const policy = createPolicy(SMALL_POLICY);

/** When no rule sees the killed worker's rows any more: the longest range that opens a page, and a round of the scans that read it. */
const OUT_OF_SIGHT_MILLIS =
  (policy.thresholds.lease_max_minutes + policy.thresholds.page_open_minutes) * 60_000 + 75_000;

const BEFORE_THE_JOB = ["doctor", "touch", "claim"];
const WITH_THE_JOB = ["context", "progress", "artifact", "complete"];

let monitored: MonitoredStack;
const jobServers = new Map<string, JobServer>();
const workers: ChildProcess[] = [];

beforeAll(async () => {
  monitored = await startMonitoredStack(policy);
}, 600_000);

afterAll(async () => {
  for (const worker of workers) worker.kill("SIGKILL");
  for (const server of jobServers.values()) await server.close();
  await monitored?.close();
});

/** Starts a worker; it is in its phase when the promise settles. */
async function startWorker(id: string, pool: string, stayIn: string): Promise<ChildProcess> {
  const worker = spawn(
    process.execPath,
    ["--conditions=@worker-watchdog/source", join(import.meta.dirname, "killed-worker.program.ts")],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        ...process.env,
        JOB_SERVICE: jobServers.get(pool)?.url ?? "",
        STAY_IN: stayIn,
        POLICY: JSON.stringify(SMALL_POLICY),
        WATCHDOG_WORKER_ID: id,
        WATCHDOG_WORKER_POOL: pool,
        OTEL_EXPORTER_OTLP_ENDPOINT: monitored.stack.otlpEndpoint,
      },
    },
  );
  workers.push(worker);
  const lines = createInterface({ input: worker.stdout as NonNullable<typeof worker.stdout> });
  await new Promise<void>((resolve, reject) => {
    worker.once("exit", (code) =>
      stayIn === "" && code === 0 ? resolve() : reject(new Error(`worker ${id} ended with ${code}`)),
    );
    lines.on("line", (line) => {
      if (line === stayIn) resolve();
    });
  });
  return worker;
}

function kill(worker: ChildProcess): void {
  worker.removeAllListeners("exit");
  worker.kill("SIGKILL");
}

describe("a worker killed with SIGKILL", () => {
  it.concurrent.each(WITH_THE_JOB)(
    "in %s: page 1 before the expiry, then 6; both end when another worker has completed the job",
    async (phase) => {
      const pool = `killed-in-${phase}`;
      const server = await startJobServer(LEASE_SECONDS);
      jobServers.set(pool, server);
      server.service.add({ id: `job-${phase}`, deliverableId: "D1" });
      const first = await startWorker("first", pool, phase);
      const rows = await poll(`rows of ${pool}`, async () => {
        const found = await monitored.query(`{__name__=~"worker_claim_.*",worker_pool="${pool}",job_id!=""}`);
        return found.some(({ labels: l }) => l["__name__"] === "worker_claim_lease_expires_at_seconds")
          ? found
          : undefined;
      });
      kill(first);
      const killedAt = Date.now();

      const [expiry] = rows.filter(({ labels: l }) => l["__name__"] === "worker_claim_lease_expires_at_seconds");
      const expiresAtMillis = (expiry?.value ?? Number.NaN) * 1_000;
      const { __name__, ...labels } = expiry?.labels ?? {};
      expect(labels).toEqual({
        job: expect.any(String),
        instance: expect.any(String),
        worker_pool: pool,
        worker_id: "first",
        job_id: `job-${phase}`,
        trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      });

      const of = { worker: "first", job: `job-${phase}`, trace: labels["trace_id"] } as const;
      const one = { ...of, alert: "lease_expiring_with_claimed_job" } as const;
      const expiring = await expectPage(monitored.inbox, pool, one, policy);
      expect(expiring.atMillis).toBeLessThan(expiresAtMillis);
      const expired = await expectPage(monitored.inbox, pool, { ...of, alert: "lease_expired" }, policy);
      expect(expired.atMillis).toBeGreaterThan(expiresAtMillis);
      // R4.1: nobody is left to ask, so the page itself must lead to the job and to the trace of the attempt that died.
      for (const { text } of [expiring, expired]) {
        const [first = "", ...rest] = text.split("\n");
        expect(first).toContain(`; job=job-${phase}; evidence=trace ${labels["trace_id"]}; next action=`);
        expect(rest).toContain(`Trace: ${labels["trace_id"]}`);
      }
      expect(monitored.inbox.told(pool)).not.toContain("LeaseExpiringWithClaimedJob:first:resolved");

      await startWorker("second", pool, "");
      expect(server.service.state(`job-${phase}`)).toBe("completed");
      await poll(`the end of ${pool}'s pages`, async () => {
        const firing = await monitored.query(
          `ALERTS{alertstate="firing",worker_pool="${pool}",worker_id!="",alertname!="WorkerAbsent"}`,
        );
        return firing.length === 0 && monitored.inbox.told(pool).includes("LeaseExpired:first:resolved")
          ? true
          : undefined;
      });
      // Past every range that opens a page, nothing comes back.
      const settledAt = Date.now();
      await poll("the ranges to pass", () => (Date.now() > killedAt + OUT_OF_SIGHT_MILLIS ? true : undefined), {
        timeoutMillis: OUT_OF_SIGHT_MILLIS,
      });
      const again = monitored.inbox.pages.filter(
        ({ labels: l, status, atMillis }) =>
          l["worker_pool"] === pool && status === "firing" && atMillis > settledAt + 5_000,
      );
      expect(again.map(({ labels: l }) => l["alertname"]).filter((name) => name !== "WorkerAbsent")).toEqual([]);
    },
  );

  it.concurrent.each(BEFORE_THE_JOB)("in %s: page 14, and none of a job", async (phase) => {
    const pool = `killed-in-${phase}`;
    jobServers.set(pool, await startJobServer(LEASE_SECONDS));
    const first = await startWorker("first", pool, phase);
    await poll(`life of ${pool}`, async () =>
      (await monitored.query(`worker_alive_at_seconds{worker_pool="${pool}"}`)).length > 0 ? true : undefined,
    );
    kill(first);
    await expectPage(monitored.inbox, pool, { alert: "worker_absent", worker: "first" }, policy);
    expect(monitored.inbox.told(pool)).toEqual(["WorkerAbsent:first:firing"]);
  });
});
