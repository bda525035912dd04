/** One worker of the fleet, as a process that can be stopped, and killed. */
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { endOf, startProgram } from "../process/node-program.ts";
import type { WorkerEvent } from "./fleet-record.ts";

/** What a worker is started with. */
export interface WorkerProcessOptions {
  readonly id: string;
  readonly pool: string;
  readonly policyFile: string;
  readonly heartbeatSeconds?: number | undefined;
  readonly otlpEndpoint: string;
  readonly jobServiceUrl: string;
  readonly jobServiceToken: string;
  readonly artifactHostUrl: string;
  readonly logDirectory: string;
  /** Port of its `/metrics` endpoint. Default: none. */
  readonly metricsPort?: number | undefined;
  readonly onEvent: (event: WorkerEvent) => void;
}

/** A running worker. */
export interface WorkerProcess {
  readonly id: string;
  readonly pool: string;
  /** Has it drain, release what it holds and sign off. */
  stop(): Promise<void>;
  /** SIGKILL: nothing of it runs any more. */
  kill(): void;
}

/** The library's drain and the last flush both end well within this. */
const STOP_GRACE_MILLIS = 10_000;

/** Starts a worker. */
export function startWorkerProcess(options: WorkerProcessOptions): WorkerProcess {
  const { id, pool } = options;
  const log = openSync(join(options.logDirectory, `${id}.log`), "a");
  const child = startProgram(new URL("../worker/worker.ts", import.meta.url), {
    env: {
      WORKER_ID: id,
      WORKER_POOL: pool,
      WATCHDOG_POLICY: options.policyFile,
      JOB_SERVICE_URL: options.jobServiceUrl,
      JOB_SERVICE_TOKEN: options.jobServiceToken,
      ARTIFACT_HOST_URL: options.artifactHostUrl,
      OTEL_EXPORTER_OTLP_ENDPOINT: options.otlpEndpoint,
      HEARTBEAT_SECONDS: String(options.heartbeatSeconds ?? ""),
      METRICS_PORT: String(options.metricsPort ?? ""),
    },
    logDescriptor: log,
  });
  closeSync(log);
  const metricsUrl = options.metricsPort === undefined ? undefined : `http://127.0.0.1:${options.metricsPort}/metrics`;
  const tell = (what: WorkerEvent["what"]): void =>
    options.onEvent({ at: Date.now() / 1_000, worker: id, pool, what, metricsUrl });
  let ending: "stopped" | "killed" | undefined;
  tell("started");
  child.once("exit", () => tell(ending ?? "crashed"));
  return {
    id,
    pool,
    async stop() {
      ending ??= "stopped";
      child.kill("SIGTERM");
      await endOf(child, STOP_GRACE_MILLIS);
    },
    kill() {
      ending = "killed";
      child.kill("SIGKILL");
    },
  };
}
