/** What a failed complete means: the error to throw, and the incident that it is (R4 alerts 2, 3 and 20; R6). */
import type { PhaseFailure } from "../phase/phase-failure.ts";
import {
  type IncidentKind,
  type IncidentReason,
  REJECTION_REASONS,
  type RejectionReason,
  type RepairTrigger,
} from "../semconv/index.ts";

/** What is known of a complete that failed for good. */
export interface FailedCompletion {
  readonly jobId: string;
  /** The last failure. */
  readonly failure: PhaseFailure;
  /** The repair that was made before it, where one was. */
  readonly repair: RepairTrigger | undefined;
  /** Why the repair could not be made. */
  readonly unrepaired?: RejectionReason | undefined;
  /** The job's signal has aborted, or the lease has run out. */
  readonly leaseOver: boolean;
}

/** What it means. */
export interface CompletionVerdict {
  readonly code: "job_not_found" | "complete_unknown" | "complete_rejected" | "lease_lost";
  /** The reason within the code. */
  readonly reason: string;
  readonly message: string;
  readonly incident:
    | {
        readonly kind: IncidentKind;
        readonly reason: IncidentReason<"complete_rejected" | "complete_unknown" | "job_not_found">;
      }
    | undefined;
}

/** Judges a complete that failed for good. */
export function judgeFailedCompletion(failed: FailedCompletion): CompletionVerdict {
  const { jobId, failure, repair } = failed;
  if (failed.leaseOver) {
    const message = `The lease of job ${jobId} ran out while it was being completed: whether it is done, only the queue can say.`;
    return { code: "lease_lost", reason: "lease_lost", message, incident: undefined };
  }
  // The answer to the first try was lost. What the queue says to the second may be said of a job that the first one has completed.
  if (repair === "transport" && failure.class === "not_found") {
    return unknown(
      "not_found_on_retry",
      `The queue does not know job ${jobId} on the retry of a complete that got no answer`,
    );
  }
  if (repair === "transport" && failure.class === "lease_lost") {
    return unknown(
      "transport",
      `The queue says that job ${jobId} is not held any more, on the retry of a complete that got no answer`,
    );
  }
  if (failure.class === "not_found") {
    const message = `The queue does not know job ${jobId}: nothing was completed. The artifact is kept as evidence.`;
    return {
      code: "job_not_found",
      reason: "complete",
      message,
      incident: { kind: "job_not_found", reason: "complete" },
    };
  }
  if (repair === "missing_artifact_kind" || failure.class === "rejected" || failure.class === "lease_lost") {
    const reason =
      failed.unrepaired ?? (repair === undefined ? rejectionReason(failure.code) : rejectedAgain(failure, repair));
    const also = repair === undefined ? "" : ", also after its one repair";
    const message = `The queue rejected the completion of job ${jobId} (${reason})${also}. Add what is missing, or call job.fail().`;
    return { code: "complete_rejected", reason, message, incident: { kind: "complete_rejected", reason } };
  }
  return unknown(
    "transport",
    `The queue gave no usable answer to the completion of job ${jobId} (${failure.code})${repair === undefined ? "" : ", also after one retry"}`,
  );
}

function unknown(reason: "transport" | "not_found_on_retry", found: string): CompletionVerdict {
  return {
    code: "complete_unknown",
    reason,
    message: `${found}: read the job's state before anything else is done to it.`,
    incident: { kind: "complete_unknown", reason },
  };
}

function rejectedAgain(failure: PhaseFailure, repair: RepairTrigger): RejectionReason {
  return repair === "missing_artifact_kind" && failure.class !== "lease_lost"
    ? "missing_artifact_kind"
    : rejectionReason(failure.code);
}

function rejectionReason(code: string): RejectionReason {
  return REJECTION_REASONS.find((reason) => reason === code) ?? "other";
}
