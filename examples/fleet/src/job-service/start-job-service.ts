/** The job service: the queue behind a small HTTP server, for workers (`/v1`) and for who orders jobs (`/admin`). */
import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { readJsonObject, sendJson, startLoopbackServer } from "../http/loopback-server.ts";
import { type Activity, COMMANDS, type CommandName } from "./activity.ts";
import { answerCommand } from "./answer-command.ts";
import type { JobOrder } from "./job-order.ts";
import { openJobQueue } from "./job-queue.ts";

/** Options of {@link startJobService}. */
export interface JobServiceOptions {
  readonly databaseUrl: string;
  readonly schema: string;
  readonly artifactHostUrl: string;
  /** What a worker's `authorization: Bearer` must hold. */
  readonly workerToken: string;
  /** What an order's `authorization: Bearer` must hold. */
  readonly adminToken: string;
  /** Told of every command. Default: nobody. */
  readonly onActivity?: ((activity: Activity) => void) | undefined;
  /** Told what pg-boss reports. Default: nobody. */
  readonly onError?: ((error: Error) => void) | undefined;
}

/** A running job service. */
export interface JobService {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts the service on a free loopback port.
 *
 * `POST /v1/{doctor,touch,claim,backlog}` and `POST /v1/jobs/:id/{context,progress,upload,complete,fail,release,pause}`, each with
 * `worker_id` and `pool` in the JSON body; `POST /admin/jobs`, `GET /admin/jobs/:pool/:id`, `GET /admin/pools/:pool`.
 */
export async function startJobService(options: JobServiceOptions): Promise<JobService> {
  const queue = await openJobQueue(options);
  const server = await startLoopbackServer(async (request, response, url) => {
    const [area, ...path] = url.pathname.split("/").slice(1).map(decodeURIComponent);
    if (area === "admin") {
      if (!hasToken(request, options.adminToken)) return sendJson(response, 401, { ok: false, error: "unauthorized" });
      return sendJson(response, 200, await administer(request, path));
    }
    const name = path.at(-1);
    if (area !== "v1" || request.method !== "POST" || !isCommand(name)) return;
    const body = await readJsonObject(request);
    const pool = text(body["pool"]);
    const worker = text(body["worker_id"]);
    const jobId = path.length === 3 && path[0] === "jobs" ? (path[1] ?? "") : "";
    if (pool === undefined || worker === undefined) {
      return sendJson(response, 400, { ok: false, error: "worker_unknown", message: "pool and worker_id are needed." });
    }
    const command = { name, pool, worker, jobId, body, hasToken: hasToken(request, options.workerToken) };
    const answer = await answerCommand(command, { queue, artifactHostUrl: options.artifactHostUrl });
    options.onActivity?.({
      at: Date.now() / 1_000,
      pool,
      worker,
      command: name,
      outcome: outcomeOf(name, answer.body),
      ...(jobId !== "" && { jobId }),
      ...answer.activity,
    });
    sendJson(response, answer.status, answer.body);
  });

  async function administer(request: IncomingMessage, path: readonly string[]): Promise<object> {
    const [what, pool = "", id = ""] = path;
    if (request.method === "POST" && what === "jobs") {
      const body = await readJsonObject(request);
      return { id: await queue.send(String(body["pool"]), body["order"] as JobOrder) };
    }
    if (what === "jobs") return { state: (await queue.state(pool, id)) ?? null };
    return { waiting: await queue.waiting(pool) };
  }

  return {
    url: server.url,
    async stop() {
      await server.stop();
      await queue.close();
    },
  };
}

function isCommand(name: string | undefined): name is CommandName {
  return COMMANDS.some((command) => command === name);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value.length <= 128 ? value : undefined;
}

function hasToken(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function outcomeOf(name: CommandName, body: Readonly<Record<string, unknown>>): string {
  if (name === "claim" && body["job"] === null) return "no_job";
  return body["ok"] === true ? "ok" : String(body["error"] ?? "failed");
}
