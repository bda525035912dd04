/** A claimed job: runs its phases, keeps its lease, and ends it honestly. */
import type { ArtifactClaim, GateOutcome, VerifiedArtifact } from "./artifact/index.ts";
import type { Attempt, JobState, Settlement } from "./attempt.ts";
import { boundedCall } from "./bounded-call.ts";
import { Completion } from "./completion.ts";
import { WatchdogError } from "./errors.ts";
import type { CompleteContext, Job } from "./job.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { failureOfError, failureOfResult, isTransport, type PhaseFailure } from "./phase-failure.ts";
import type { PhaseContext, PhaseFunction } from "./phase-function.ts";
import { checkPhaseName, phaseReason } from "./phase-name.ts";
import type { PhaseInvocation, PhaseOutcome } from "./phase-runner.ts";
import { repairFor } from "./repair-table.ts";
import { prepareRetry, recordRepair } from "./repairs.ts";
import { ATTRIBUTES, EVENTS } from "./semconv/index.ts";

/** The job behind {@link Job}. */
export class HeldJob<P> implements Job<P> {
  readonly #attempt: Attempt<P>;
  readonly #keeper: LeaseKeeper<P>;
  #contextFailed = false;

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

  leaseRemainingSeconds(): number {
    return this.#attempt.lease.remainingSeconds();
  }

  async context<R>(run: PhaseFunction<R>): Promise<R | undefined> {
    const outcome = await this.#command("context", run);
    if (outcome.status === "ok") {
      this.#contextFailed = false;
      this.#attempt.record(EVENTS.contextRead);
      return outcome.result;
    }
    this.#contextFailed = true;
    return undefined;
  }

  async progress<R>(stage: string, run: PhaseFunction<R>): Promise<R | undefined> {
    checkPhaseName("progress stage", stage);
    this.#attempt.assertHeld("progress");
    if (this.#contextFailed) return undefined;
    const outcome = await this.#command("progress", run, { [ATTRIBUTES.progressStage.key]: stage });
    if (outcome.status !== "ok") return undefined;
    this.#attempt.record(EVENTS.progressWritten, { data: { stage } });
    return outcome.result;
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

  async artifact(publish: PhaseFunction<ArtifactClaim>): Promise<VerifiedArtifact> {
    this.#attempt.assertHeld("artifact");
    const { worker, traceId } = this.#attempt;
    let gate: GateOutcome | undefined;
    const outcome = await this.#invoke<GateOutcome>(
      "artifact",
      async (context) => {
        const claim = await publish(context);
        gate = await worker.gate.verify(claim, {
          jobId: this.id,
          attemptId: traceId,
          signal: context.signal,
          headers: context.headers,
        });
        return gate;
      },
      {
        passes: () => gate?.passed === true,
        onEnd: (span) => {
          if (gate === undefined) return;
          const { check } = gate;
          span.setAttributes({
            [ATTRIBUTES.artifactCheckId.key]: check.id,
            [ATTRIBUTES.artifactUrl.key]: check.url,
            ...(check.httpStatus === undefined ? {} : { [ATTRIBUTES.artifactStatus.key]: check.httpStatus }),
            ...(check.fileCount === undefined ? {} : { [ATTRIBUTES.artifactFileCount.key]: check.fileCount }),
            ...(check.sha256 === undefined ? {} : { [ATTRIBUTES.artifactSha256.key]: check.sha256 }),
          });
        },
      },
    );
    if (gate?.passed === true && outcome.status === "ok") return this.#artifactVerified(gate.artifact);
    const reason = gate?.passed === false ? gate.reason : "publish_failed";
    // An abort is the lease's or the worker's end, and has alerts of its own.
    if (!this.signal.aborted) this.#attempt.rows.incident("artifact_missing", reason);
    this.#attempt.stick("artifact_missing");
    const check = gate?.check;
    this.#attempt.record(EVENTS.artifactRefused, {
      data: { reason, ...(check === undefined ? {} : { check_id: check.id, url: check.url }) },
    });
    throw new WatchdogError(
      "artifact_refused",
      gate?.passed === false
        ? gate.message
        : `The artifact of job ${this.id} could not be published. Publish it again, or call job.fail().`,
      { cause: outcome.status === "ok" ? undefined : outcome.thrown?.error, reason },
    );
  }

  async complete<R>(artifact: VerifiedArtifact, run: (context: CompleteContext) => R | PromiseLike<R>): Promise<R> {
    try {
      return await new Completion<P, R>(this.#attempt, this, artifact, run).complete();
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
    if (!this.#attempt.isHeld) return;
    this.#keeper.stop();
    if (!this.#attempt.verified && !this.#attempt.rows.isOpen("artifact_missing") && !this.#attempt.notFound) {
      this.#attempt.rows.incident("artifact_missing", "attempt_ended");
      this.#attempt.stick("attempt_ended");
    }
  }

  /** Ends the job's signal. */
  abort(reason: WatchdogError): void {
    this.#attempt.abort(reason);
  }

  get isHeld(): boolean {
    return this.#attempt.isHeld;
  }

  async #settle(settlement: Settlement, reason: string, run: PhaseFunction<unknown>): Promise<boolean> {
    this.#attempt.assertHeld(settlement === "failed" ? "fail" : settlement === "paused" ? "pause" : "release");
    const { worker, parent } = this.#attempt;
    const text = reason.slice(0, 500);
    let failure: string | undefined;
    try {
      // Not the job's own signal: a job whose lease ran out is still given back.
      const result = await boundedCall(worker.bounds(parent), run);
      if (!acknowledged(result)) failure = failureOfResult(result).code;
    } catch (error) {
      failure = failureOfError(error).code;
    }
    if (failure !== undefined) {
      this.#attempt.record(EVENTS.jobStuck, { data: { reason: `${settlement}_not_acknowledged`, failure } });
      return false;
    }
    this.#keeper.stop();
    this.#attempt.settle(settlement, { reason: text });
    if (settlement === "failed") this.#attempt.rows.clear("complete_rejected", "complete_unknown", "artifact_missing");
    return true;
  }

  /** A phase that asks the job service: judged, repaired once, and never thrown. */
  async #command<R>(
    phase: "context" | "progress",
    run: PhaseFunction<R>,
    attributes: Readonly<Record<string, string>> = {},
  ): Promise<PhaseOutcome<R>> {
    this.#attempt.assertHeld(phase);
    const { worker, signal } = this.#attempt;
    const row = repairFor("transport", worker.options.policy.self_heal.allowed, phase);
    const invocation = { attributes, timeoutMillis: worker.commandTimeoutMillis };
    let outcome = await this.#invoke(phase, run, {
      ...invocation,
      retries: (failure) => row !== undefined && isTransport(failure),
    });
    if (outcome.status === "retried" && row !== undefined) {
      await prepareRetry(worker, row, signal);
      outcome = await this.#invoke(phase, run, invocation);
      const ok = outcome.status === "ok";
      recordRepair(worker, row, ok ? "success" : "failed", {
        jobId: this.id,
        traceId: this.traceId,
        phase,
        data: { old_state: this.state, new_state: ok ? this.state : "stuck" },
      });
    }
    if (outcome.status === "ok") this.#passed(phase);
    else this.#failed(phase, outcome.failure);
    return outcome;
  }

  #invoke<R>(
    phase: string,
    run: PhaseFunction<R>,
    options: Partial<PhaseInvocation<R>> = {},
  ): Promise<PhaseOutcome<R>> {
    const { worker, parent, signal } = this.#attempt;
    worker.alive();
    return worker.runner.invoke<R>({
      phase,
      run,
      parent,
      passes: worker.passes(phase),
      signal,
      ...options,
      attributes: { ...this.#attempt.spanAttributes(), ...options.attributes },
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
    if (failure.class === "not_found" && (phase === "context" || phase === "progress")) {
      this.#attempt.notFound = true;
      this.#attempt.rows.incident("job_not_found", phase);
      this.#attempt.stick("job_not_found");
      return;
    }
    this.#attempt.rows.incident("phase_failed", phaseReason(phase));
    this.#attempt.stick(`${phase}_failed`);
  }

  #artifactVerified(artifact: VerifiedArtifact): VerifiedArtifact {
    this.#attempt.verified = true;
    this.#attempt.progressed();
    this.#attempt.rows.setTime("claimArtifactVerifiedAt", this.#attempt.lease.queueNow());
    this.#attempt.rows.clear(
      "artifact_missing",
      ...(this.deliverableId === undefined ? (["missing_deliverable_id"] as const) : []),
    );
    this.#attempt.record(EVENTS.artifactVerified, {
      data: {
        check_id: artifact.checkId,
        url: artifact.recordUrl,
        http_status: artifact.httpStatus,
        file_count: artifact.fileCount,
        sha256: artifact.sha256,
      },
    });
    return artifact;
  }
}

function acknowledged(result: unknown): boolean {
  return (
    typeof result === "object" &&
    result !== null &&
    Object.hasOwn(result, "ok") &&
    (result as { ok: unknown }).ok === true
  );
}
