/** The seven commands, and the ends of an attempt: what a worker asks, and what the job service answers. */
import type { Activity, CommandName } from "./activity.ts";
import type { Ending, HeldJob, Holding, JobQueue } from "./job-queue.ts";
import { judgeCompletion } from "./result-contract.ts";

/** What a worker sent. */
export interface Command {
  readonly name: CommandName;
  readonly pool: string;
  readonly worker: string;
  /** Empty for the commands without a job. */
  readonly jobId: string;
  readonly hasToken: boolean;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What the job service answers. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** The part of the activity that only the answer knows. */
  readonly activity?: Partial<Pick<Activity, "jobId" | "stage" | "leaseExpiresAt">> | undefined;
}

/** What the commands work on. */
export interface CommandContext {
  readonly queue: JobQueue;
  /** Base address of the artifact host, which holds the slots of deliverable ids. */
  readonly artifactHostUrl: string;
}

/** The stage by which a worker only renews its lease. */
export const KEEP_ALIVE_STAGE = "keep_alive";
const PAUSE_SECONDS = 60;

/** Answers one command. Rejects only where the database fails. */
export async function answerCommand(command: Command, context: CommandContext): Promise<Answer> {
  const { queue } = context;
  const { name, pool, worker, jobId, body } = command;
  if (name === "doctor")
    return ok({ ok: command.hasToken, token_present: command.hasToken, touch: { ok: command.hasToken } });
  if (!command.hasToken) return { status: 401, body: { ok: false, error: "unauthorized" } };
  if (name === "touch") return ok({ ok: true, touched: true });
  if (name === "backlog") return ok({ ok: true, waiting: await queue.waiting(pool), eligible_kinds: ["report"] });
  if (name === "claim") return claim(command, context);

  if (name === "progress") return progress(command, queue);
  const ending = endingOf(name, body);
  const holding = await queue.held(pool, worker, jobId);
  if (typeof holding === "string") return refused(holding);
  if (name === "context") return ok({ ok: true, job: describe(holding) }, holding);
  if (name === "upload") return upload(holding, context);
  if (name === "complete") {
    const kinds = Array.isArray(body["kinds"]) ? body["kinds"].filter((kind) => typeof kind === "string") : [];
    const url = typeof body["url"] === "string" ? body["url"] : undefined;
    const rejection = judgeCompletion(holding.order, { url, kinds });
    if (rejection !== undefined) {
      return { status: 409, body: { ok: false, status: "rejected", ...rejection }, activity: { jobId } };
    }
  }
  const ended = ending === undefined ? holding : await queue.end(pool, worker, jobId, ending);
  if (typeof ended === "string") return refused(ended);
  return ok({ ok: true, status: name === "complete" ? "completed" : name });
}

async function claim({ pool, worker }: Command, { queue }: CommandContext): Promise<Answer> {
  const job = await queue.claim(pool, worker);
  const body = { ok: true, server_time: await queue.now(), job: job === undefined ? null : describe(job) };
  if (job?.order.fault === "deleted_after_claim") await queue.remove(pool, job.id);
  return job === undefined ? ok(body) : ok(body, job);
}

async function progress({ pool, worker, jobId, body }: Command, queue: JobQueue): Promise<Answer> {
  const stage = typeof body["stage"] === "string" ? body["stage"].slice(0, 64) : "unknown";
  const holding = await queue.held(pool, worker, jobId);
  if (typeof holding === "string") return refused(holding, stage);
  const isFrozen = holding.order.fault === "renewal_refused";
  if (isFrozen && stage === KEEP_ALIVE_STAGE) {
    return { status: 409, body: { ok: false, error: "renewal_refused" }, activity: { jobId, stage } };
  }
  const renewed = isFrozen ? holding : await queue.renew(pool, worker, jobId);
  if (typeof renewed === "string") return refused(renewed, stage);
  const answer = { ok: true, status: "running", lease_expires_at: renewed.leaseExpiresAt };
  return {
    status: 200,
    body: { ...answer, server_time: await queue.now() },
    activity: { jobId, stage, leaseExpiresAt: renewed.leaseExpiresAt },
  };
}

function upload(job: HeldJob, { artifactHostUrl }: CommandContext): Answer {
  const slot = job.order.deliverable_id;
  if (slot === null) return { status: 409, body: { ok: false, error: "no_deliverable_id" } };
  return ok({ ok: true, upload_url: `${artifactHostUrl}/deliverables/${encodeURIComponent(slot)}/` }, job);
}

function endingOf(name: CommandName, body: Command["body"]): Ending | undefined {
  const reason = typeof body["reason"] === "string" ? body["reason"].slice(0, 500) : "no reason given";
  if (name === "complete") return { how: "completed" };
  if (name === "fail") return { how: "failed", reason };
  if (name === "release") return { how: "returned", reason };
  if (name === "pause") return { how: "returned", reason, delaySeconds: PAUSE_SECONDS };
  return undefined;
}

function describe(job: HeldJob): Readonly<Record<string, unknown>> {
  const { payload, artifact_kinds, deliverable_id } = job.order;
  return { id: job.id, lease_expires_at: job.leaseExpiresAt, deliverable_id, artifact_kinds, payload };
}

function refused(holding: Extract<Holding, string>, stage?: string): Answer {
  const status = holding === "job_not_found" ? 404 : 409;
  return { status, body: { ok: false, error: holding }, activity: stage === undefined ? {} : { stage } };
}

function ok(body: Answer["body"], job?: HeldJob): Answer {
  if (job === undefined) return { status: 200, body };
  return { status: 200, body, activity: { jobId: job.id, leaseExpiresAt: job.leaseExpiresAt } };
}
