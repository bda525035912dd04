/** Reads a job's state after a complete whose answer was lost: is it done, and by whom (R6, alert 20)? */

import { ownField } from "../own-field.ts";
import { boundedCall } from "../phase/bounded-call.ts";
import { failureOfError, failureOfResult } from "../phase/phase-failure.ts";
import type { Attempt } from "./attempt.ts";
import type { Job } from "./job.ts";

/** What the queue says of the job. */
export type JobReading =
  /** Completed, by this worker or by nobody that is named. */
  | "completed"
  /** Still this worker's, as far as the queue says. */
  | "running"
  /** Somebody else's, or nobody's. */
  | "elsewhere"
  | "not_found"
  /** It gave no usable answer, or there is no way to ask. */
  | "unknown";

/** Asks the queue once. Never throws. */
export async function readJob<P>(attempt: Attempt<P>, job: Job<P>): Promise<JobReading> {
  const { worker, parent, signal } = attempt;
  const read = worker.options.helper.readJob;
  if (read === undefined) return "unknown";
  try {
    return readingOf(
      await boundedCall(worker.bounds(parent, signal), (call) => read(job, call)),
      worker.options.worker.id,
    );
  } catch (error) {
    return failureOfError(error).class === "not_found" ? "not_found" : "unknown";
  }
}

/** What a result of `helper.readJob` says: `{ status, completed_by?, held_by? }`. */
export function readingOf(result: unknown, workerId: string): JobReading {
  const status = ownField(result, "status");
  if (typeof status !== "string" || ownField(result, "ok") === false)
    return failureOfResult(result).class === "not_found" ? "not_found" : "unknown";
  if (status === "completed") return isMine(ownField(result, "completed_by"), workerId) ? "completed" : "elsewhere";
  if (status === "running") return isMine(ownField(result, "held_by"), workerId) ? "running" : "elsewhere";
  return status === "not_found" ? "not_found" : "elsewhere";
}

function isMine(who: unknown, workerId: string): boolean {
  return typeof who !== "string" || who === workerId;
}
