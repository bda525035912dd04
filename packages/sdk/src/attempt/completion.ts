/** Completes a job: gate, lease, one retry at most, and an honest word for every way it can end (R5.1, R6, R6.4). */
import type { VerifiedArtifact } from "../artifact/index.ts";
import { WatchdogError } from "../errors.ts";
import { boundedCall } from "../phase/bounded-call.ts";
import { outputHash } from "../phase/output-hash.ts";
import { isTransport, type PhaseFailure } from "../phase/phase-failure.ts";
import type { PhaseOutcome } from "../phase/phase-outcome.ts";
import { type RepairRow, repairFor, repairRow } from "../repair/repair-table.ts";
import {
  isSpent,
  prepareRetry,
  type RepairDetails,
  recordRepair,
  recordStep,
  refuseRepair,
} from "../repair/repairs.ts";
import { ATTRIBUTES, EVENTS, type RejectionReason } from "../semconv/index.ts";
import type { Attempt } from "./attempt.ts";
import { assertMayComplete, isWithinMargin } from "./completion-allowed.ts";
import { judgeFailedCompletion } from "./completion-failure.ts";
import { dropFinishedWork, keepFinishedWork } from "./finished-work.ts";
import type { CompleteContext, Job } from "./job.ts";
import { type JobReading, readJob } from "./job-reading.ts";

type Failed<R> = Exclude<PhaseOutcome<R>, { readonly status: "ok" }>;

/** A queue's words for a complete of a job that is completed already. */
const ALREADY_COMPLETED = new Set(["already_completed", "job_already_completed"]);

const COMPLETE_STATUS = {
  complete_rejected: "rejected",
  complete_unknown: "unknown",
  job_not_found: "not_found",
  lease_lost: "lease_lost",
} as const;

/** Runs one complete, with the one retry that the repair table allows. */
export class Completion<P, R> {
  readonly #attempt: Attempt<P>;
  readonly #job: Job<P>;
  readonly #artifact: VerifiedArtifact;
  readonly #run: (context: CompleteContext) => R | PromiseLike<R>;
  readonly #onTakenOver: () => void;
  #kinds: readonly string[];

  constructor(
    attempt: Attempt<P>,
    job: Job<P>,
    artifact: VerifiedArtifact,
    run: (context: CompleteContext) => R | PromiseLike<R>,
    onTakenOver: () => void,
  ) {
    this.#attempt = attempt;
    this.#job = job;
    this.#artifact = artifact;
    this.#run = run;
    this.#onTakenOver = onTakenOver;
    // A caller without types may hand over nothing: refused as unverified, not by a TypeError.
    this.#kinds = (artifact as VerifiedArtifact | undefined)?.kinds ?? [];
  }

  /** The function's result; undefined where its answer was lost and the job's state says that it is completed. */
  async complete(): Promise<R | undefined> {
    assertMayComplete(this.#attempt, this.#artifact);
    let repair: RepairRow | undefined;
    const first = await this.#invoke((failure) => {
      repair = this.#repairOf(failure);
      return repair !== undefined;
    });
    if (first.status === "ok") return this.#succeed(first.result);
    if (isTransport(first.failure)) return this.#afterLostAnswer(first, repair);
    if (repair === undefined) throw this.#refuse(first);
    if (!(await this.#addKinds(repair, first))) throw this.#refuse(first, repair, { unrepaired: "kind_not_addable" });
    return this.#retry(first, repair);
  }

  /** Touch, wait, and look whether it is done before it is done twice. */
  async #afterLostAnswer(first: Failed<R>, repair: RepairRow | undefined): Promise<R | undefined> {
    const { worker, signal } = this.#attempt;
    if (repair === undefined) refuseRepair(worker, "transport", this.#details(first));
    else await prepareRetry(worker, repair, signal);
    if (await this.#isCompleted(first)) return this.#succeed(undefined);
    if (repair === undefined) throw this.#refuse(first);
    return this.#retry(first, repair);
  }

  async #retry(first: Failed<R>, repair: RepairRow): Promise<R | undefined> {
    if (isWithinMargin(this.#attempt)) throw this.#refuse(first, repair, { leaseOver: true });
    if (this.#attempt.signal.aborted) throw this.#refuse(first, repair);
    const second = await this.#invoke(() => false, true);
    const wasLost = repair.trigger === "transport";
    const isOk = second.status === "ok" || (wasLost && ALREADY_COMPLETED.has(second.failure.code));
    recordRepair(this.#attempt.worker, repair, isOk ? "success" : "failed", this.#details(first, isOk));
    if (isOk) return this.#succeed(second.result);
    if (
      wasLost &&
      (isTransport(second.failure) || second.failure.class === "lease_lost") &&
      (await this.#isCompleted(second))
    )
      return this.#succeed(undefined);
    throw this.#refuse(second, repair);
  }

  /** Whether the job's state says that this worker has completed it. @throws WatchdogError where the state leaves nothing to retry. */
  async #isCompleted(lost: Failed<R>): Promise<boolean> {
    const { worker, signal } = this.#attempt;
    const row = repairFor("complete_unknown", worker.options.policy.self_heal, "complete");
    if (row === undefined || worker.options.helper.readJob === undefined || signal.aborted) return false;
    const reading = await readJob(this.#attempt, this.#job);
    // Under a lease that has run out the job may have been completed by somebody whom the queue does not name.
    const isDone = reading === "completed" && !this.#isLeaseOver();
    const isTold = reading !== "unknown";
    recordRepair(worker, row, isTold ? "success" : "failed", {
      ...this.#details(lost, isDone),
      reason: `job_${reading}`,
    });
    if (reading === "not_found" || reading === "elsewhere") throw this.#refuseReading(reading, lost);
    return isDone;
  }

  #refuseReading(reading: Extract<JobReading, "not_found" | "elsewhere">, lost: Failed<R>): WatchdogError {
    if (reading === "not_found")
      return this.#refuse({ ...lost, failure: { ...lost.failure, class: "not_found" } }, repairRow("transport"));
    this.#onTakenOver();
    return this.#refuse(lost, undefined, { leaseOver: true });
  }

  #isLeaseOver(): boolean {
    return this.#attempt.lease.remainingSeconds() <= 0;
  }

  #invoke(retries: (failure: PhaseFailure) => boolean, isRetry = false): Promise<PhaseOutcome<R>> {
    const { worker } = this.#attempt;
    if (!isRetry) this.#attempt.entered("complete");
    return worker.runner.invoke<R>({
      phase: "complete",
      jobId: this.#attempt.description.id,
      traceId: this.#attempt.traceId,
      isRetry,
      parent: this.#attempt.parent,
      attributes: {
        ...this.#attempt.spanAttributes(),
        [ATTRIBUTES.leaseRemaining.key]: this.#attempt.lease.remainingSeconds(),
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
    if (failure.class !== "rejected" || failure.missingKinds.length === 0) return undefined;
    const row = repairFor("missing_artifact_kind", self_heal, "complete");
    if (row === undefined) refuseRepair(this.#attempt.worker, "missing_artifact_kind", this.#identity(failure));
    return row === undefined || isSpent(this.#attempt, row) ? undefined : row;
  }

  /** Whether the missing kinds were added. */
  async #addKinds(repair: RepairRow, first: Failed<R>): Promise<boolean> {
    const { worker, parent, signal } = this.#attempt;
    const { addArtifactKind } = worker.options.helper;
    const { missingKinds } = first.failure;
    try {
      if (addArtifactKind === undefined)
        throw new WatchdogError("invalid_option", "No helper.addArtifactKind is given.");
      await boundedCall(worker.bounds(parent, signal), async (call) => {
        for (const kind of missingKinds) await addArtifactKind(this.#job, kind, call);
      });
      this.#kinds = [...new Set([...this.#kinds, ...missingKinds])];
      return true;
    } catch {
      recordRepair(worker, repair, "failed", { ...this.#details(first), reason: "kind_not_addable" });
      return false;
    }
  }

  #succeed<T extends R | undefined>(result: T): T {
    const oldState = this.#attempt.state;
    this.#attempt.settle("completed", { check_id: this.#artifact.checkId });
    this.#attempt.rows.clear("complete_rejected", "complete_unknown", "artifact_missing", "repair_exhausted");
    dropFinishedWork(this.#attempt);
    recordStep(this.#attempt, {
      action: "complete",
      phase: "complete",
      oldState,
      outputHash: outputHash({ status: "ok", result }),
      result: "success",
    });
    this.#attempt.record(EVENTS.completeSucceeded, {
      data: { check_id: this.#artifact.checkId, file_count: this.#artifact.fileCount },
    });
    return result;
  }

  /** Records the final failure and gives the error to throw. */
  #refuse(
    outcome: Failed<R>,
    repair?: RepairRow | undefined,
    why: { readonly unrepaired?: RejectionReason; readonly leaseOver?: boolean } = {},
  ): WatchdogError {
    const { failure } = outcome;
    // What the library threw by itself, and not what the queue said.
    const isOver = this.#isLeaseOver() || (failure.class === "lease_lost" && !("result" in outcome));
    const verdict = judgeFailedCompletion({
      jobId: this.#attempt.description.id,
      failure,
      repair: repair?.trigger,
      unrepaired: why.unrepaired,
      leaseOver: why.leaseOver === true || isOver,
    });
    const { code, reason, incident } = verdict;
    const oldState = this.#attempt.state;
    this.#attempt.completeFailed(COMPLETE_STATUS[code]);
    if (incident !== undefined) this.#attempt.rows.incident(incident.kind, incident.reason);
    this.#attempt.stick(code);
    // The queue's own word that the job is somebody else's: nobody works on it any more.
    if (failure.class === "lease_lost" && "result" in outcome) this.#onTakenOver();
    const kept = keepFinishedWork(this.#attempt, code);
    recordStep(this.#attempt, {
      action: "complete",
      phase: "complete",
      oldState,
      reason,
      outputHash: outputHash(outcome),
      result: "failed",
    });
    this.#attempt.record(EVENTS.completeFailed, {
      data: { code, reason, failure: failure.code, check_id: this.#artifact.checkId },
    });
    return new WatchdogError(code, `${verdict.message} ${kept}`, { cause: outcome.thrown?.error, reason });
  }

  #identity(failure: PhaseFailure): RepairDetails {
    const { description, traceId, rows, state } = this.#attempt;
    return { jobId: description.id, traceId, rows, phase: "complete", oldState: state, reason: failure.code };
  }

  #details(failed: Failed<R>, isOk = false): RepairDetails {
    return {
      ...this.#identity(failed.failure),
      newState: isOk ? "completed" : "stuck",
      outputHash: outputHash(failed),
    };
  }
}
