/** The real Alertmanager on the configuration that a policy generates, for tests that post alerts to it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ALERTMANAGER_PATH, generateFiles } from "@worker-watchdog/monitoring";
import type { Policy } from "@worker-watchdog/sdk/policy";
import { findFreePorts, provideServers } from "@worker-watchdog/stack";
import { poll } from "../end-to-end/poll.ts";

/** An alert as Prometheus posts it. */
export interface PostedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt?: string;
  readonly endsAt?: string;
}

/** An alert that Alertmanager holds. */
export interface HeldAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly isInhibited: boolean;
}

/** A running Alertmanager. */
export interface RunningAlertmanager {
  post(...alerts: readonly PostedAlert[]): Promise<void>;
  /** What it holds that matches `filter`, and whether another alert mutes it. */
  alerts(filter: string): Promise<readonly HeldAlert[]>;
  /** The sum of a counter over the series whose labels contain `labels`. */
  counter(name: string, labels: string): Promise<number>;
  stop(): Promise<void>;
}

/** What a test gives. */
export interface AlertmanagerOptions {
  readonly policy: Policy;
  /** An empty folder for configuration, secrets and data. */
  readonly folder: string;
  /** Secret files by name, written below `folder/secrets`. */
  readonly secrets?: Readonly<Record<string, string>> | undefined;
  /** Changes the text of the configuration, for what no user sets. */
  readonly edit?: ((configuration: string) => string) | undefined;
}

/** Writes the files of the policy and starts Alertmanager on them. */
export async function startAlertmanager({
  policy,
  folder,
  secrets = {},
  edit,
}: AlertmanagerOptions): Promise<RunningAlertmanager> {
  const { alertmanager: program } = await provideServers({ names: ["alertmanager"] });
  const secretsFolder = join(folder, "secrets");
  await mkdir(secretsFolder, { recursive: true });
  for (const [name, content] of Object.entries(secrets))
    await writeFile(join(secretsFolder, name), `${content}\n`, { mode: 0o600 });
  for (const [path, content] of generateFiles(policy, { secretsFolder })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), path === ALERTMANAGER_PATH && edit !== undefined ? edit(content) : content);
  }
  const [port] = await findFreePorts(1);
  const process = spawn(
    program.path,
    [
      `--config.file=${join(folder, ALERTMANAGER_PATH)}`,
      `--storage.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--cluster.listen-address=",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let log = "";
  process.stderr.on("data", (chunk: Buffer) => {
    log = `${log}${chunk}`.slice(-4_000);
  });
  const url = `http://127.0.0.1:${port}`;
  await poll(
    "Alertmanager",
    async () => ((await fetch(`${url}/-/ready`).catch(() => undefined))?.ok ? true : undefined),
    {
      last: () => log,
    },
  );
  return {
    async post(...alerts) {
      const response = await fetch(`${url}/api/v2/alerts`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(alerts),
      });
      if (!response.ok) throw new Error(`Alertmanager answered ${response.status}: ${await response.text()}`);
    },
    async alerts(filter) {
      const response = await fetch(`${url}/api/v2/alerts?filter=${encodeURIComponent(filter)}`);
      const found = (await response.json()) as {
        labels: HeldAlert["labels"];
        status: { inhibitedBy: readonly string[] };
      }[];
      return found.map(({ labels, status }) => ({ labels, isInhibited: status.inhibitedBy.length > 0 }));
    },
    async counter(name, labels) {
      const text = await (await fetch(`${url}/metrics`)).text();
      const lines = text.split("\n").filter((line) => line.startsWith(`${name}{`) && line.includes(labels));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
    },
    stop: () => ended(process),
  };
}

/** Asks a process to end, and waits until it has. */
export async function ended(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  process.kill();
  await once(process, "exit");
}

/** An alert of a job, with the labels and annotations that pages are made of. */
export function alertOf(pool: string, job: string, over: Readonly<Record<string, string>> = {}): PostedAlert {
  return {
    labels: {
      alertname: "LeaseExpired",
      alert_key: "lease_expired",
      severity: "high",
      owner: "pls_platform_owner",
      phase: "none",
      worker_pool: pool,
      worker_id: "w1",
      job_id: job,
      trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
      ...over,
    },
    annotations: {
      opening: "worker is alive but project advancement is blocked",
      state: "lease_expired",
      job,
      evidence: "trace 4bf92f3577b34da6a3ce929d0e0e4736",
      evidence_ref: "trace 4bf92f3577b34da6a3ce929d0e0e4736",
      next_action: "mark_stale_and_request_reclaim",
      summary: `The lease of job ${job} is over`,
      worker: "w1",
      pool,
      runbook_url: "https://runbooks.example#lease_expired",
      dashboard_url: "https://grafana.example/d/worker",
      trace_url: "https://traces.example/4bf92f3577b34da6a3ce929d0e0e4736",
    },
  };
}

/** An alert on the pipeline itself: of no pool, worker or job. */
export function pipelineAlertOf(instance: string): PostedAlert {
  return {
    labels: {
      alertname: "TelemetryCollectorDown",
      alert_key: "telemetry_collector_down",
      severity: "high",
      owner: "pls_ops",
      phase: "none",
      reason: "one_down",
      instance,
    },
    annotations: {
      opening: "telemetry of workers does not come in: a Collector is down",
      state: "telemetry_collector_down: one_down",
      job: "none",
      evidence: "up == 0",
      evidence_ref: "none",
      next_action: "inspect_pipeline",
      summary: `Collector ${instance}: one_down.`,
      worker: "none",
      pool: "none",
      runbook_url: "https://runbooks.example#telemetry_collector_down",
      dashboard_url: "https://grafana.example/d/pipeline",
      trace_url: "none",
    },
  };
}

/** The same alert, ended. */
export function endedAlert(alert: PostedAlert): PostedAlert {
  return { ...alert, endsAt: new Date(Date.now() - 1).toISOString() };
}
