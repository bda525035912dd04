/** The job service as its own process, and the way to order jobs from it. */
import { randomBytes } from "node:crypto";
import { endOf, startProgram } from "../process/node-program.ts";
import type { Activity } from "./activity.ts";
import type { JobOrder } from "./job-order.ts";
import type { JobServiceMessage, JobServiceSettings } from "./job-service-process.ts";

/** Options of {@link startJobServiceProcess}. */
export interface JobServiceProcessOptions {
  readonly artifactHostUrl: string;
  readonly onActivity: (activity: Activity) => void;
  /** Told when the process ends though nobody stopped it. */
  readonly onExit: (error: Error) => void;
  /** File descriptor for what it prints. Default: none. */
  readonly logDescriptor?: number | undefined;
}

/** A running job service, seen from who orders jobs. */
export interface OrderDesk {
  readonly url: string;
  /** The token that workers show. */
  readonly workerToken: string;
  /** Puts a job into a pool's queue; gives its id. */
  order(pool: string, order: JobOrder): Promise<string>;
  /** pg-boss's state of a job; undefined where the queue knows none. */
  state(pool: string, jobId: string): Promise<string | undefined>;
  /** How many jobs of a pool wait. */
  waiting(pool: string): Promise<number>;
  stop(): Promise<void>;
}

/** Database, pg-boss and PostgreSQL all stop within this. */
const STOP_GRACE_MILLIS = 12_000;

/** Starts database and job service, and waits until they answer. */
export async function startJobServiceProcess(options: JobServiceProcessOptions): Promise<OrderDesk> {
  const settings: JobServiceSettings = {
    artifactHostUrl: options.artifactHostUrl,
    workerToken: randomBytes(18).toString("base64url"),
    adminToken: randomBytes(18).toString("base64url"),
  };
  const child = startProgram(new URL("./job-service-process.ts", import.meta.url), {
    env: { JOB_SERVICE_SETTINGS: JSON.stringify(settings) },
    logDescriptor: options.logDescriptor,
  });
  let stopping = false;
  const { promise: ready, resolve, reject } = Promise.withResolvers<string>();
  child.on("message", (message: JobServiceMessage) => {
    if (message.type === "ready") resolve(message.url);
    else if (message.type === "activity") options.onActivity(message.activity);
    else reject(new Error(message.message));
  });
  child.once("exit", (code, signal) => {
    const error = new Error(`The job service, or its PostgreSQL, ended by itself (${signal ?? `code ${code}`}).`);
    reject(error);
    if (!stopping) options.onExit(error);
  });
  const url = await ready;

  async function ask(path: string, body?: object): Promise<Readonly<Record<string, unknown>>> {
    const response = await fetch(`${url}/admin/${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${settings.adminToken}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error(`The job service refused ${path}: ${JSON.stringify(answer)}`);
    return answer;
  }

  return {
    url,
    workerToken: settings.workerToken,
    order: async (pool, order) => String((await ask("jobs", { pool, order }))["id"]),
    state: async (pool, jobId) => ((await ask(`jobs/${pool}/${jobId}`))["state"] as string | null) ?? undefined,
    waiting: async (pool) => Number((await ask(`pools/${pool}`))["waiting"]),
    async stop() {
      stopping = true;
      child.kill("SIGTERM");
      await endOf(child, STOP_GRACE_MILLIS);
    },
  };
}
