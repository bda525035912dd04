/** Whether a job may be completed at all: gate and lease, before anything is sent (R5.1, R6.4). */
import { isVerifiedArtifact, type VerifiedArtifact } from "../artifact/index.ts";
import { WatchdogError } from "../errors.ts";
import { recordStep } from "../repair/repairs.ts";
import { EVENTS } from "../semconv/index.ts";
import type { Attempt } from "./attempt.ts";
import { keepFinishedWork } from "./finished-work.ts";

/** Whether the lease is so near to its end that another worker may hold the job by the time the queue answers. */
export function isWithinMargin<P>({ lease, worker }: Attempt<P>): boolean {
  return lease.remainingSeconds() < worker.options.policy.thresholds.complete_safety_margin_seconds;
}

/** @throws WatchdogError `job_settled`, `artifact_unverified`, `job_not_found` or `lease_lost`. */
export function assertMayComplete<P>(attempt: Attempt<P>, artifact: VerifiedArtifact): void {
  const { id } = attempt.description;
  attempt.assertHeld("complete");
  if (!isVerifiedArtifact(artifact, id, attempt.traceId)) {
    attempt.record(EVENTS.completeFailed, { data: { reason: "artifact_unverified" } });
    throw new WatchdogError(
      "artifact_unverified",
      `complete was called on job ${id} with an artifact that the gate has not verified in this attempt. ` +
        "Allowed: what job.artifact() returned for this very job. Call job.artifact() and pass its result.",
    );
  }
  if (attempt.notFound) {
    throw new WatchdogError(
      "job_not_found",
      `The queue does not know job ${id} any more: nothing is completed. ${keepFinishedWork(attempt, "job_not_found")}`,
    );
  }
  const { reason } = attempt.signal;
  const isLate = isWithinMargin(attempt);
  if (isLate || (WatchdogError.isInstance(reason) && reason.code === "lease_lost")) throw refuseLate(attempt, isLate);
}

function refuseLate<P>(attempt: Attempt<P>, isLate: boolean): WatchdogError {
  const { id } = attempt.description;
  const margin = attempt.worker.options.policy.thresholds.complete_safety_margin_seconds;
  const left = attempt.lease.remainingSeconds();
  const oldState = attempt.state;
  attempt.record(EVENTS.completeFailed, { data: { reason: "lease_lost", remaining_seconds: Math.round(left) } });
  attempt.completeFailed("lease_lost");
  attempt.stick("lease_lost");
  recordStep(attempt, { action: "complete", phase: "complete", oldState, reason: "lease_lost", result: "failed" });
  const found = isLate
    ? `The lease of job ${id} has ${left.toFixed(1)} s left. Allowed: at least ${margin} s (thresholds.complete_safety_margin_seconds), ` +
      "for another worker may hold the job by the time the queue answers."
    : `The lease of job ${id} was lost.`;
  const kept = keepFinishedWork(attempt, "late_complete");
  return new WatchdogError("lease_lost", `${found} ${kept}`, { cause: attempt.signal.reason });
}
