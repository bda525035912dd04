/** A claimed job: runs its phases, keeps its lease, and ends it honestly. */
import type { Attributes } from "@opentelemetry/api";
import type { ArtifactClaim, VerifiedArtifact } from "../artifact/index.ts";
import type { WatchdogError } from "../errors.ts";
import { LeaseKeeper } from "../lease/lease-keeper.ts";
import { outputHash } from "../phase/output-hash.ts";
import { isTransport, type PhaseFailure } from "../phase/phase-failure.ts";
import type { PhaseContext, PhaseFunction } from "../phase/phase-function.ts";
import { checkPhaseName, phaseReason } from "../phase/phase-name.ts";
import type { PhaseInvocation, PhaseOutcome } from "../phase/phase-runner.ts";
import { type RepairRow, repairFor } from "../repair/repair-table.ts";
import { prepareRetry, type RepairDetails, recordRepair, refuseRepair } from "../repair/repairs.ts";
import { proposeForStuck } from "../repair/stuck-proposal.ts";
import { ATTRIBUTES, EVENTS, type LeaseRisk } from "../semconv/index.ts";
import { type Handover, predecessorOf } from "../session/handover.ts";
import { type SessionLog, WorkerSessionLog } from "../session/session-log.ts";
import { proveArtifact } from "./artifact-phase.ts";
import type { Attempt } from "./attempt.ts";
import type { AttemptState } from "./attempt-state.ts";
import { Completion } from "./completion.ts";
import { type FinishedWork, finishedWork } from "./finished-work.ts";
import type { CompleteContext, Job } from "./job.ts";
import type { JobState, Settlement } from "./job-state.ts";
import { settleAttempt } from "./settlement.ts";

const SETTLING = { completed: "complete", failed: "fail", paused: "pause", released: "release" } as const;

/** The job behind {@link Job}. */
export class HeldJob<P> implements Job<P> {
  readonly #attempt: Attempt<P>;
  readonly #keeper: LeaseKeeper<P>;
  #session: SessionLog | undefined;

  constructor(attempt: Attempt<P>) {
    this.#attempt = attempt;
    this.#keeper = new LeaseKeeper(attempt, this);
  }

  get id(): string {
    return this.#attempt.description.id;
  }
  get deliverableId(): string | undefined {
    return this.#attempt.description.deliverableId;
  }
  get artifactKinds(): readonly string[] {
    return this.#attempt.description.artifactKinds ?? [];
  }
  get payload(): P | undefined {
    return this.#attempt.description.payload;
  }
  get signal(): AbortSignal {
    return this.#attempt.signal;
  }
  get state(): JobState {
    return this.#attempt.state;
  }
  get stuckReason(): string | undefined {
    return this.#attempt.stuckReason;
  }
  get traceId(): string {
    return this.#attempt.traceId;
  }

  get verifiedArtifact(): VerifiedArtifact | undefined {
    return this.#attempt.artifact;
  }

  get leaseRisk(): LeaseRisk {
    return this.#keeper.risk;
  }
  get earlierWork(): FinishedWork | undefined {
    const { telemetry, options } = this.#attempt.worker;
    const work = telemetry.guard(() => finishedWork(options.journal, this.id));
    return work?.attemptId === this.traceId ? undefined : work;
  }

  get predecessor(): Handover | undefined {
    const { telemetry, options } = this.#attempt.worker;
    return telemetry.guard(() => predecessorOf(options.journal, this.id, { butOf: this.traceId }));
  }
  get session(): SessionLog {
    this.#session ??= new WorkerSessionLog(this.#attempt.worker, this.#attempt);
    return this.#session;
  }

  leaseRemainingSeconds(): number {
    return this.#attempt.lease.remainingSeconds();
  }

  progressed(): void {
    if (this.#attempt.isHeld) this.#attempt.progressed();
  }

  readonly #onContextRead = (): void => this.#attempt.record(EVENTS.contextRead);

  // Not an async function, nor is it a wait of its own: each would cost as much as the rest of a phase of no work.
  context<R>(run: PhaseFunction<R>): Promise<R | undefined> {
    return this.#command("context", run, { onPassed: this.#onContextRead }, this.#contextEnded<R>);
  }

  #contextEnded<R>(outcome: PhaseOutcome<R>): R | undefined {
    this.#attempt.setContextFailed(outcome.status !== "ok");
    return outcome.status === "ok" ? outcome.result : undefined;
  }

  async progress<R>(stage: string, run: PhaseFunction<R>): Promise<R | undefined> {
    checkPhaseName("progress stage", stage);
    this.#attempt.assertHeld("progress");
    if (this.#attempt.contextFailed) return undefined;
    const { clockOffset } = this.#attempt.worker;
    let asked = clockOffset.ask();
    const timed: PhaseFunction<R> = (call) => {
      asked = clockOffset.ask();
      return run(call);
    };
    const said = {
      attributes: { [ATTRIBUTES.progressStage.key]: stage },
      onPassed: () => this.#attempt.record(EVENTS.progressWritten, { data: { stage } }),
    };
    return this.#command("progress", timed, said, (outcome) => {
      if (outcome.status !== "ok") return undefined;
      this.#keeper.answered(outcome.result, asked);
      return outcome.result;
    });
  }

  async phase<R>(name: string, run: PhaseFunction<R>): Promise<R> {
    checkPhaseName("phase", name);
    this.#attempt.assertHeld(name);
    return this.#passThrough(name, await this.#invoke(name, run));
  }

  async upload<R>(run: (deliverableId: string, context: PhaseContext) => R | PromiseLike<R>): Promise<R | undefined> {
    this.#attempt.assertHeld("upload");
    const { deliverableId } = this;
    if (deliverableId === undefined) {
      await this.#invoke("upload", () => undefined, {
        attributes: { [ATTRIBUTES.uploadSkipped.key]: "no_deliverable_id" },
        passes: () => true,
      });
      return undefined;
    }
    return this.#passThrough(
      "upload",
      await this.#invoke("upload", (context) => run(deliverableId, context), {
        attributes: { [ATTRIBUTES.deliverableId.key]: deliverableId },
      }),
    );
  }

  artifact(publish: PhaseFunction<ArtifactClaim>): Promise<VerifiedArtifact> {
    this.#attempt.assertHeld("artifact");
    return proveArtifact(this.#attempt, publish);
  }

  async complete<R>(
    artifact: VerifiedArtifact,
    run: (context: CompleteContext) => R | PromiseLike<R>,
  ): Promise<R | undefined> {
    try {
      return await new Completion<P, R>(this.#attempt, this, artifact, run, () =>
        this.#keeper.lose("taken_over"),
      ).complete();
    } finally {
      if (!this.#attempt.isHeld) this.#keeper.stop();
    }
  }

  fail(reason: string, run: PhaseFunction<unknown>): Promise<boolean> {
    return this.#settle("failed", reason, run);
  }
  pause(reason: string, run: PhaseFunction<unknown>): Promise<boolean> {
    return this.#settle("paused", reason, run);
  }
  release(reason: string, run: PhaseFunction<unknown>): Promise<boolean> {
    return this.#settle("released", reason, run);
  }

  /** The heartbeat is over: what is still held is no longer worked on. */
  heartbeatEnded(): void {
    if (!this.#attempt.isHeld) {
      proposeForStuck(this.#attempt);
      return;
    }
    this.#keeper.leave();
    const isDue = !this.#attempt.verified && !this.#attempt.notFound && !this.isTakenOver;
    if (isDue && !this.#attempt.rows.isOpen("artifact_missing")) {
      this.#attempt.rows.incident("artifact_missing", "attempt_ended");
      this.#attempt.stick("attempt_ended");
    }
    proposeForStuck(this.#attempt);
    this.#attempt.end();
  }

  /**
   * Gives the job back for a worker that was told to stop; true once the queue has acknowledged it. A job whose lease is over is left to the queue:
   * it may be another worker's.
   */
  async giveBack(reason: string, timeoutMillis: number): Promise<boolean> {
    const { release } = this.#attempt.worker.options.helper;
    if (release === undefined || !this.#attempt.isHeld || this.#keeper.isLost) return false;
    if (this.#attempt.lease.remainingSeconds() <= 0) return false;
    const by = { actor: "watchdog", timeoutMillis } as const;
    const isSettled = await settleAttempt(this.#attempt, "released", reason, (call) => release(this, reason, call), by);
    if (!isSettled) return false;
    this.#keeper.stop();
    this.#attempt.rows.clear("artifact_missing");
    return true;
  }

  /** A sign of life of the process that works on the job. */
  alive(): void {
    if (this.#attempt.isHeld) this.#attempt.alive();
  }

  /** Takes in what other processes of this worker have made of the job. */
  refresh(): void {
    if (this.#attempt.isHeld) this.#attempt.refresh();
  }

  /** This process stops working on the job; another one may go on. */
  letGo(): void {
    this.#keeper.stop();
    // No later process may ever come.
    proposeForStuck(this.#attempt);
  }

  /** The attempt as plain JSON. */
  get snapshot(): Readonly<AttemptState> {
    return this.#attempt.snapshot;
  }

  /** Ends the job's signal. */
  abort(reason: WatchdogError): void {
    this.#attempt.abort(reason);
  }

  get isHeld(): boolean {
    return this.#attempt.isHeld;
  }

  /** The queue said that the job is not this worker's any more: no artifact is due from it. Should nobody else have claimed it, its lease's row pages. */
  get isTakenOver(): boolean {
    return this.#attempt.rows.isOpen("lease_lost", "taken_over");
  }

  async #settle(
    settlement: Exclude<Settlement, "completed">,
    reason: string,
    run: PhaseFunction<unknown>,
  ): Promise<boolean> {
    this.#attempt.assertHeld(SETTLING[settlement]);
    const isSettled = await settleAttempt(this.#attempt, settlement, reason, run);
    if (isSettled) this.#keeper.stop();
    return isSettled;
  }

  /** A phase that asks the job service: judged, repaired once, and never thrown. */
  async #command<R>(
    phase: "context" | "progress",
    run: PhaseFunction<R>,
    said: Pick<PhaseInvocation<R>, "onPassed"> & Partial<Pick<PhaseInvocation<R>, "attributes">>,
    ended: (outcome: PhaseOutcome<R>) => R | undefined,
  ): Promise<R | undefined> {
    this.#attempt.assertHeld(phase);
    const { worker, signal } = this.#attempt;
    const { commandTimeoutMillis: timeoutMillis } = worker;
    let row: RepairRow | undefined;
    const { attributes, onPassed } = said;
    let outcome = await this.#invoke(phase, run, {
      attributes,
      onPassed,
      timeoutMillis,
      retries: (failure) => {
        row = isTransport(failure) ? repairFor("transport", worker.options.policy.self_heal, phase) : undefined;
        return row !== undefined;
      },
    });
    if (outcome.status === "retried" && row !== undefined) {
      const first = outcome;
      await prepareRetry(worker, row, signal);
      outcome = await this.#invoke(phase, run, { attributes, onPassed, timeoutMillis, isRetry: true });
      const ok = outcome.status === "ok";
      recordRepair(worker, row, ok ? "success" : "failed", {
        ...this.#repairDetails(phase, first),
        newState: ok ? this.state : "stuck",
      });
    } else if (outcome.status !== "ok" && isTransport(outcome.failure)) {
      refuseRepair(worker, "transport", { ...this.#repairDetails(phase, outcome), newState: "stuck" });
    }
    if (outcome.status === "ok") this.#passed(phase);
    else this.#failed(phase, outcome.failure);
    return ended.call(this, outcome);
  }

  #repairDetails(phase: string, outcome: Exclude<PhaseOutcome<unknown>, { status: "ok" }>): RepairDetails {
    return {
      jobId: this.id,
      traceId: this.traceId,
      rows: this.#attempt.rows,
      phase,
      oldState: this.state,
      reason: outcome.failure.code,
      outputHash: outputHash(outcome),
    };
  }

  #invoke<R>(
    phase: string,
    run: PhaseFunction<R>,
    options: Pick<Partial<PhaseInvocation<R>>, "passes" | "timeoutMillis" | "retries" | "isRetry" | "onPassed"> & {
      readonly attributes?: Attributes | undefined;
    } = {},
  ): Promise<PhaseOutcome<R>> {
    const { worker, parent, signal } = this.#attempt;
    const attributes = this.#attempt.spanAttributes();
    this.#attempt.entered(phase);
    // Each part by its name: spreading what hardly any phase has costs more than the rest of this call.
    return worker.runner.invoke<R>({
      phase,
      run,
      parent,
      jobId: this.id,
      traceId: this.traceId,
      passes: options.passes ?? worker.passes(phase),
      signal,
      timeoutMillis: options.timeoutMillis,
      retries: options.retries,
      isRetry: options.isRetry,
      onPassed: options.onPassed,
      attributes: options.attributes === undefined ? attributes : { ...attributes, ...options.attributes },
    });
  }

  #passThrough<R>(phase: string, outcome: PhaseOutcome<R>): R {
    if (outcome.status === "ok") {
      this.#passed(phase);
      return outcome.result;
    }
    this.#failed(phase, outcome.failure);
    if (outcome.thrown !== undefined) throw outcome.thrown.error;
    return outcome.result as R;
  }

  #passed(phase: string): void {
    this.#attempt.progressed();
    this.#attempt.rows.clearReason("phase_failed", phaseReason(phase));
  }

  #failed(phase: string, failure: PhaseFailure): void {
    if (this.signal.aborted) return;
    if (failure.class === "lease_lost") {
      this.#keeper.lose("taken_over");
      return;
    }
    if (failure.class === "not_found" && (phase === "context" || phase === "progress")) {
      this.#attempt.markNotFound();
      this.#attempt.rows.incident("job_not_found", phase);
      this.#attempt.stick("job_not_found");
      return;
    }
    this.#attempt.rows.incident("phase_failed", phaseReason(phase));
    this.#attempt.stick(`${phase}_failed`);
  }
}
