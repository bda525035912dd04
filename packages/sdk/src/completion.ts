/** Completes a job: gate, lease, one retry at most, and an honest word for every way it can end (R5.1, R6, R6.4). */
import type { VerifiedArtifact } from "./artifact/index.ts";
import { isVerifiedArtifact } from "./artifact/index.ts";
import type { Attempt } from "./attempt.ts";
import { boundedCall } from "./bounded-call.ts";
import { WatchdogError } from "./errors.ts";
import type { CompleteContext, Job } from "./job.ts";
import { isTransport, type PhaseFailure } from "./phase-failure.ts";
import type { PhaseOutcome } from "./phase-runner.ts";
import { type RepairRow, repairFor } from "./repair-table.ts";
import { prepareRetry, recordRepair } from "./repairs.ts";
import { ATTRIBUTES, EVENTS, REJECTION_REASONS, type RejectionReason } from "./semconv/index.ts";

/** Runs one complete, with the one retry that the repair table allows. */
export class Completion<P, R> {
  readonly #attempt: Attempt<P>;
  readonly #job: Job<P>;
  readonly #artifact: VerifiedArtifact;
  readonly #run: (context: CompleteContext) => R | PromiseLike<R>;
  #kinds: readonly string[];

  constructor(
    attempt: Attempt<P>,
    job: Job<P>,
    artifact: VerifiedArtifact,
    run: (context: CompleteContext) => R | PromiseLike<R>,
  ) {
    this.#attempt = attempt;
    this.#job = job;
    this.#artifact = artifact;
    this.#run = run;
    this.#kinds = artifact.kinds ?? [];
  }

  async complete(): Promise<R> {
    this.#assertAllowed();
    let repair: RepairRow | undefined;
    const first = await this.#invoke((failure) => {
      repair = this.#repairOf(failure);
      return repair !== undefined;
    });
    if (first.status === "ok") return this.#succeed(first.result);
    if (repair === undefined) throw this.#refuse(first, undefined);
    const ready = await this.#prepare(repair, first.failure);
    if (!ready) throw this.#refuse(first, repair, "kind_not_addable");
    if (this.#attempt.signal.aborted) throw this.#refuse(first, repair);
    const second = await this.#invoke(() => false, true);
    this.#audit(repair, second);
    if (second.status === "ok") return this.#succeed(second.result);
    throw this.#refuse(second, repair);
  }

  #assertAllowed(): void {
    const { id } = this.#attempt.description;
    this.#attempt.assertHeld("complete");
    if (!isVerifiedArtifact(this.#artifact, id, this.#attempt.traceId)) {
      this.#attempt.record(EVENTS.completeFailed, { data: { reason: "artifact_unverified" } });
      throw new WatchdogError(
        "artifact_unverified",
        `complete was called on job ${id} with an artifact that the gate has not verified in this attempt. ` +
          "Allowed: what job.artifact() returned for this very job. Call job.artifact() and pass its result.",
      );
    }
    if (this.#attempt.notFound) {
      throw new WatchdogError(
        "job_not_found",
        `The queue does not know job ${id} any more: nothing is completed. The artifact is kept as evidence.`,
      );
    }
    const margin = this.#attempt.worker.options.policy.thresholds.complete_safety_margin_seconds;
    const left = this.#attempt.lease.remainingSeconds();
    if (left < margin) {
      this.#attempt.record(EVENTS.completeFailed, {
        data: { reason: "lease_lost", remaining_seconds: Math.round(left) },
      });
      this.#attempt.stick("lease_lost");
      throw new WatchdogError(
        "lease_lost",
        `The lease of job ${id} has ${left.toFixed(1)} s left. Allowed: at least ${margin} s (thresholds.complete_safety_margin_seconds), ` +
          "for another worker may hold the job by the time the queue answers. The finished work is kept with its evidence.",
      );
    }
  }

  #invoke(retries: (failure: PhaseFailure) => boolean, isRetry = false): Promise<PhaseOutcome<R>> {
    const { worker } = this.#attempt;
    return worker.runner.invoke<R>({
      phase: "complete",
      jobId: this.#attempt.description.id,
      traceId: this.#attempt.traceId,
      isRetry,
      parent: this.#attempt.parent,
      attributes: {
        ...this.#attempt.spanAttributes(),
        [ATTRIBUTES.artifactCheckId.key]: this.#artifact.checkId,
        [ATTRIBUTES.artifactStatus.key]: this.#artifact.httpStatus,
        [ATTRIBUTES.artifactFileCount.key]: this.#artifact.fileCount,
        [ATTRIBUTES.artifactUrl.key]: this.#artifact.recordUrl,
      },
      run: (context) => this.#run({ ...context, artifactKinds: this.#kinds }),
      passes: worker.passes("complete"),
      timeoutMillis: worker.commandTimeoutMillis,
      signal: this.#attempt.signal,
      retries,
    });
  }

  #repairOf(failure: PhaseFailure): RepairRow | undefined {
    const { self_heal } = this.#attempt.worker.options.policy;
    if (isTransport(failure)) return repairFor("transport", self_heal, "complete");
    if (failure.class === "rejected" && failure.missingKinds.length > 0)
      return repairFor("missing_artifact_kind", self_heal, "complete");
    return undefined;
  }

  /** Whether the retry may be made. */
  async #prepare(repair: RepairRow, failure: PhaseFailure): Promise<boolean> {
    const { worker } = this.#attempt;
    if (repair.trigger !== "missing_artifact_kind") {
      await prepareRetry(worker, repair, this.#attempt.signal);
      return true;
    }
    const { addArtifactKind } = worker.options.helper;
    try {
      if (addArtifactKind === undefined)
        throw new WatchdogError("invalid_option", "No helper.addArtifactKind is given.");
      const bounds = worker.bounds(this.#attempt.parent, this.#attempt.signal);
      await boundedCall(bounds, async (call) => {
        for (const kind of failure.missingKinds) await addArtifactKind(this.#job, kind, call);
      });
      this.#kinds = [...new Set([...this.#kinds, ...failure.missingKinds])];
      return true;
    } catch {
      recordRepair(worker, repair, "needs_human", this.#auditDetails({ failure: "kind_not_addable" }));
      return false;
    }
  }

  #succeed(result: R): R {
    this.#attempt.settle("completed", { check_id: this.#artifact.checkId });
    this.#attempt.rows.clear("complete_rejected", "complete_unknown", "artifact_missing");
    this.#attempt.record(EVENTS.completeSucceeded, {
      data: { check_id: this.#artifact.checkId, file_count: this.#artifact.fileCount },
    });
    return result;
  }

  /** Records the final failure and gives the error to throw. */
  #refuse(
    outcome: Exclude<PhaseOutcome<R>, { status: "ok" }>,
    repair: RepairRow | undefined,
    reason?: RejectionReason,
  ): WatchdogError {
    const { id } = this.#attempt.description;
    const { failure } = outcome;
    const cause = outcome.thrown?.error;
    const say = (
      code: "job_not_found" | "complete_unknown" | "complete_rejected" | "lease_lost",
      message: string,
      detail: string,
    ): WatchdogError => {
      this.#attempt.stick(code);
      this.#attempt.record(EVENTS.completeFailed, {
        data: { code, reason: detail, failure: failure.code, check_id: this.#artifact.checkId },
      });
      return new WatchdogError(code, message, { cause, reason: detail });
    };
    if (failure.class === "lease_lost" || this.#attempt.lease.remainingSeconds() <= 0) {
      return say(
        "lease_lost",
        `The lease of job ${id} ran out while it was being completed: whether it is done, only the queue can say.`,
        "lease_lost",
      );
    }
    if (failure.class === "not_found" && repair?.trigger === "transport") {
      this.#attempt.rows.incident("complete_unknown", "not_found_on_retry");
      return say(
        "complete_unknown",
        `The queue does not know job ${id} on the retry of a complete that got no answer: read the job's state.`,
        "not_found_on_retry",
      );
    }
    if (failure.class === "not_found") {
      this.#attempt.markNotFound();
      this.#attempt.rows.incident("job_not_found", "complete");
      return say(
        "job_not_found",
        `The queue does not know job ${id}: nothing was completed. The artifact is kept as evidence.`,
        "complete",
      );
    }
    if (repair?.trigger === "missing_artifact_kind" || failure.class === "rejected") {
      const why =
        reason ??
        (repair?.trigger === "missing_artifact_kind" ? "missing_artifact_kind" : rejectionReason(failure.code));
      this.#attempt.rows.incident("complete_rejected", why);
      return say(
        "complete_rejected",
        `The queue rejected the completion of job ${id} (${why})${repair === undefined ? "" : ", also after its one repair"}. Add what is missing, or call job.fail().`,
        why,
      );
    }
    this.#attempt.rows.incident("complete_unknown", "transport");
    return say(
      "complete_unknown",
      `The queue gave no usable answer to the completion of job ${id} (${failure.code}), also after one retry: read the job's state.`,
      "transport",
    );
  }

  #audit(repair: RepairRow, outcome: PhaseOutcome<R>): void {
    const ok = outcome.status === "ok";
    recordRepair(
      this.#attempt.worker,
      repair,
      ok ? "success" : "failed",
      this.#auditDetails(ok ? {} : { failure: outcome.failure.code }),
    );
  }

  #auditDetails(data: Readonly<Record<string, string>>): Parameters<typeof recordRepair>[3] {
    return {
      jobId: this.#attempt.description.id,
      traceId: this.#attempt.traceId,
      phase: "complete",
      data: { old_state: this.#attempt.state, new_state: this.#attempt.state, ...data },
    };
  }
}

function rejectionReason(code: string): RejectionReason {
  return REJECTION_REASONS.find((reason) => reason === code) ?? "other";
}
