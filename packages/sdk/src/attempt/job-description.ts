/** What a claim's result says about the job, and the default way to read it. */
import { WatchdogError } from "../errors.ts";
import { ownField } from "../own-field.ts";
import { isPlainLabel, MAX_LABEL_LENGTH } from "../plain-label.ts";

/** A claimed job, as the queue describes it. */
export interface JobDescription<P = unknown> {
  /** The queue's id of the job: 1 to 128 characters, none of them a control character. */
  readonly id: string;
  /** When the lease runs out, in unix seconds by the queue's clock. */
  readonly leaseExpiresAt: number;
  /** The queue's slot for uploads; absent where there is none (R5.4). */
  readonly deliverableId?: string | undefined;
  /** Artifact kinds that the result contract asks for. Default: none. */
  readonly artifactKinds?: readonly string[] | undefined;
  /** Whatever else the worker needs: it is what the job goes on from when its context can not be read. */
  readonly payload?: P | undefined;
  /** The queue's own time when it answered, in unix seconds. Default: the worker's clock. */
  readonly queueTime?: number | undefined;
}

/**
 * Reads the usual shape: `{ server_time?, job: null | { id | job_id, lease_expires_at, deliverable_id?, artifact_kinds?, payload? } }`, times in
 * unix seconds. `undefined` where there is no job.
 *
 * @throws WatchdogError `response_invalid` where there is a job with no id or no lease.
 */
export function jobFromResult<P = unknown>(result: unknown): JobDescription<P> | undefined {
  const job = ownField(result, "job");
  if (job === undefined || job === null) return undefined;
  const id = ownField(job, "id") ?? ownField(job, "job_id");
  const lease = ownField(job, "lease_expires_at");
  if (typeof id !== "string" || typeof lease !== "number") {
    throw new WatchdogError(
      "response_invalid",
      `The claim's result has a job with id ${printed(id)} and lease_expires_at ${printed(lease)}. Allowed: a string and unix seconds. ` +
        "Where the job service words it otherwise, give createWatchdog a toJob function.",
    );
  }
  const deliverable = ownField(job, "deliverable_id");
  const kinds = ownField(job, "artifact_kinds");
  const queueTime = ownField(result, "server_time");
  return {
    id,
    leaseExpiresAt: lease,
    deliverableId: typeof deliverable === "string" && deliverable !== "" ? deliverable : undefined,
    artifactKinds: Array.isArray(kinds) ? kinds.filter((kind): kind is string => typeof kind === "string") : undefined,
    payload: ownField(job, "payload") as P | undefined,
    queueTime: typeof queueTime === "number" ? queueTime : undefined,
  };
}

/** What a renewal's result says about the lease, or undefined where it says nothing. */
export function leaseFromResult(
  result: unknown,
): { readonly expiresAt: number; readonly queueTime: number | undefined } | undefined {
  const expiresAt = ownField(result, "lease_expires_at");
  if (typeof expiresAt !== "number" || !Number.isFinite(expiresAt)) return undefined;
  const queueTime = ownField(result, "server_time");
  return { expiresAt, queueTime: typeof queueTime === "number" && Number.isFinite(queueTime) ? queueTime : undefined };
}

/** @throws WatchdogError `response_invalid` where the id could not be a label, a log field or part of an address. */
export function checkJobId(id: string): void {
  if (isPlainLabel(id)) return;
  throw new WatchdogError(
    "response_invalid",
    `The claim's job id is ${id.length} characters long${id.length > 0 && id.length <= MAX_LABEL_LENGTH ? " and holds a control character" : ""}. ` +
      `Allowed: 1 to ${MAX_LABEL_LENGTH} characters, none of them a control character.`,
  );
}

function printed(value: unknown): string {
  return typeof value === "number" ? String(value) : value === null ? "null" : `of type ${typeof value}`;
}
