/** Runs one heartbeat: its span, the phases before a job, and the job that it claims. */
import { type Context, context, ROOT_CONTEXT, type Span, trace } from "@opentelemetry/api";
import { Attempt } from "../attempt/attempt.ts";
import { isWorkedOn } from "../attempt/attempt-state.ts";
import { HeldJob } from "../attempt/held-job.ts";
import type { Job } from "../attempt/job.ts";
import { WatchdogError } from "../errors.ts";
import type { ShortLease } from "../lease/short-lease.ts";
import type { PhaseFunction } from "../phase/phase-function.ts";
import { ATTRIBUTES, type ClaimOutcome, EVENTS, HEARTBEAT_SPAN } from "../semconv/index.ts";
import { traceIdOf, type WorkerContext } from "../worker/worker-context.ts";
import { Claim, type ClaimedJob } from "./claim.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { NoJobStreak } from "./no-job-streak.ts";
import type { SilentHeartbeats } from "./silent-heartbeats.ts";
import type { WorkerTrouble } from "./worker-trouble.ts";

/** What a heartbeat shares with the worker's others. */
export interface HeartbeatParts<P> {
  readonly worker: WorkerContext<P>;
  readonly trouble: WorkerTrouble<P>;
  readonly streak: NoJobStreak<P>;
  readonly silent: SilentHeartbeats<P>;
  readonly shortLease: ShortLease;
  readonly signal: AbortSignal;
}

/** What a heartbeat has come to so far: kept between the processes of a one-shot worker. */
export interface HeartbeatProgress {
  doctorOk: boolean | null;
  touchOk: boolean | null;
  /** What the claim came back with; null where none was made. */
  claim: ClaimOutcome | null;
  jobId: string | null;
}

/** Where a heartbeat stands in its trace. */
interface HeartbeatTrace {
  readonly context: Context;
  readonly traceId: string;
  /** The span where this process has to end it. */
  readonly span: Span | undefined;
}

/** The heartbeat behind {@link Heartbeat}. */
export class HeartbeatRun<P> implements Heartbeat<P> {
  readonly traceId: string;
  /** The context that the worker's callback runs in. */
  readonly context: Context;
  readonly progress: HeartbeatProgress;
  readonly #parts: HeartbeatParts<P>;
  readonly #span: Span | undefined;
  #job: HeldJob<P> | undefined;
  #claiming = false;
  #streakCounted = false;
  #spanEnded = false;

  private constructor(parts: HeartbeatParts<P>, place: HeartbeatTrace, progress: HeartbeatProgress) {
    this.#parts = parts;
    this.context = place.context;
    this.traceId = place.traceId;
    this.#span = place.span;
    this.progress = progress;
    parts.worker.control.focus = { traceId: place.traceId, attempt: undefined };
    parts.worker.alive();
  }

  /** A heartbeat that begins. */
  static begun<P>(parts: HeartbeatParts<P>): HeartbeatRun<P> {
    const { worker } = parts;
    const outer = trace.getSpanContext(context.active());
    // A root of its own: two attempts at one job within one outer trace would be one attempt to the rules.
    const span = worker.telemetry.tracer.startSpan(
      HEARTBEAT_SPAN,
      {
        root: true,
        links: outer === undefined ? [] : [{ context: outer }],
        attributes: {
          [ATTRIBUTES.workerPool.key]: worker.options.worker.pool,
          [ATTRIBUTES.workerId.key]: worker.options.worker.id,
          [ATTRIBUTES.workerRole.key]: worker.options.worker.role,
        },
      },
      ROOT_CONTEXT,
    );
    const active = trace.setSpan(context.active(), span);
    const run = new HeartbeatRun<P>(
      parts,
      { context: active, traceId: traceIdOf(active), span },
      { doctorOk: null, touchOk: null, claim: null, jobId: null },
    );
    worker.telemetry.record(EVENTS.heartbeatReceived, { traceId: run.traceId });
    return run;
  }

  /** A heartbeat that another process began, and whose span it has ended. */
  static continued<P>(
    parts: HeartbeatParts<P>,
    place: Omit<HeartbeatTrace, "span">,
    progress: HeartbeatProgress,
  ): HeartbeatRun<P> {
    return new HeartbeatRun(parts, { ...place, span: undefined }, progress);
  }

  /** The job that the heartbeat claimed. */
  get job(): HeldJob<P> | undefined {
    return this.#job;
  }

  doctor<R>(run: PhaseFunction<R>): Promise<R> {
    return this.#phase("doctor", run);
  }

  touch<R>(run: PhaseFunction<R>): Promise<R> {
    return this.#phase("touch", run);
  }

  async claim(run: PhaseFunction<unknown>): Promise<Job<P> | undefined> {
    this.#assertFree("claim");
    this.#claiming = true;
    // What is found in the claim belongs to the attempt that comes of it.
    this.#parts.worker.secrets.wait();
    try {
      const { worker, trouble, streak, signal } = this.#parts;
      const claim = new Claim<P>(worker, this.context, this.traceId, signal, (late) => this.#lateJob(late));
      const outcome = await claim.make(run);
      this.#count(outcome.kind);
      if (outcome.kind === "failed") {
        if (!signal.aborted) trouble.failed("claim", this.traceId);
        this.#writeRecord();
        if (outcome.thrown !== undefined) throw outcome.thrown.error;
        return undefined;
      }
      trouble.passed("claim");
      if (outcome.kind === "job") return this.#hold(outcome.claimed);
      this.#writeRecord();
      if (!this.#streakCounted) {
        this.#streakCounted = true;
        await streak.extend(this.context, this.traceId);
      }
      return undefined;
    } finally {
      this.#claiming = false;
      this.#parts.worker.secrets.tell();
    }
  }

  resume(): Job<P> | undefined {
    this.#assertFree("resume");
    const { worker } = this.#parts;
    worker.control.assertRunnable();
    const state = worker.telemetry.guard(() => worker.attempts.read());
    if (state === undefined || !isWorkedOn(state)) return undefined;
    const attempt = Attempt.resumed<P>(worker, state);
    if (attempt.lease.remainingSeconds() <= 0) return undefined;
    this.progress.claim = "job";
    this.progress.jobId = state.jobId;
    this.#writeRecord(state.leaseExpiresAt);
    this.endSpan();
    return this.adopt(attempt);
  }

  /** Goes on with a job that another process of this heartbeat has claimed. */
  adopt(attempt: Attempt<P>): HeldJob<P> {
    const job = new HeldJob(attempt);
    this.#job = job;
    this.#parts.worker.control.focus = { traceId: this.traceId, attempt };
    return job;
  }

  /** Ends the heartbeat. A job that is about to be given back is left as it is. */
  end(isGivingBack = false): void {
    this.endSpan();
    if (this.progress.claim === null) this.#writeRecord();
    if (!isGivingBack) this.#job?.heartbeatEnded();
    const { silent, streak } = this.#parts;
    silent.ended(this.traceId, this.#job?.snapshot, streak.isProposalOpen);
    this.#parts.worker.control.focus = { traceId: this.traceId, attempt: undefined };
  }

  /** Ends the heartbeat's span, and exports it: the trace of a worker that is killed later still has its root. */
  endSpan(): void {
    if (this.#spanEnded) return;
    this.#spanEnded = true;
    this.#span?.end();
  }

  #assertFree(action: "claim" | "resume"): void {
    if (this.#job !== undefined || this.#claiming) {
      throw new WatchdogError(
        "second_primary_job",
        `${action} was called while this heartbeat ${this.#job === undefined ? "is already claiming" : `holds job ${this.#job.id}`}. ` +
          "Allowed: one primary job for each heartbeat. Settle the job and start the next heartbeat.",
      );
    }
  }

  async #phase<R>(phase: "doctor" | "touch", run: PhaseFunction<R>): Promise<R> {
    const { worker, trouble, signal } = this.#parts;
    worker.alive();
    const outcome = await worker.runner.invoke<R>({
      phase,
      run,
      parent: this.context,
      traceId: this.traceId,
      attributes: {},
      passes: worker.passes(phase),
      timeoutMillis: worker.commandTimeoutMillis,
      signal,
    });
    this.progress[phase === "doctor" ? "doctorOk" : "touchOk"] = outcome.status === "ok";
    if (outcome.status === "ok") {
      trouble.passed(phase);
      return outcome.result;
    }
    if (!signal.aborted) trouble.failed(phase, this.traceId);
    if (outcome.thrown !== undefined) throw outcome.thrown.error;
    return outcome.result as R;
  }

  #hold(claimed: ClaimedJob<P>): Job<P> {
    const { worker, streak, shortLease } = this.#parts;
    const { description } = claimed;
    streak.end();
    const attempt = Attempt.claimed(worker, description, claimed.context, this.traceId, claimed.grant);
    const job = this.adopt(attempt);
    this.progress.jobId = description.id;
    attempt.record(EVENTS.jobClaimed, {
      data: { lease_expires_at: description.leaseExpiresAt, deliverable_id: description.deliverableId ?? null },
    });
    this.#writeRecord(description.leaseExpiresAt);
    shortLease.grant(attempt);
    if (description.deliverableId === undefined) attempt.rows.incident("missing_deliverable_id", "none_assigned");
    this.endSpan();
    return job;
  }

  // The queue gave this job to a claim that was given up: nobody works on it, and it runs into its lease.
  #lateJob(late: ClaimedJob<P>): void {
    const { worker, trouble } = this.#parts;
    if (this.#job !== undefined) {
      const rows = trouble.rowsOf(this.traceId);
      rows.incident("multiple_primary_jobs", "late_claim");
      rows.keepUntil(worker.options.clock.now());
    }
    worker.telemetry.record(EVENTS.jobStuck, {
      jobId: late.description.id,
      traceId: this.traceId,
      data: { reason: "late_claim" },
    });
  }

  #count(outcome: ClaimOutcome): void {
    const { worker } = this.#parts;
    this.progress.claim = outcome;
    worker.countClaim(outcome);
    worker.telemetry.guard(() => this.#span?.setAttribute(ATTRIBUTES.claimOutcome.key, outcome));
  }

  #writeRecord(leaseExpiresAt?: number): void {
    const { worker } = this.#parts;
    const { doctorOk, touchOk, claim, jobId } = this.progress;
    worker.write("worker_heartbeat", {
      id: this.traceId,
      jobId: jobId ?? undefined,
      traceId: this.traceId,
      data: {
        automation: worker.options.worker.role,
        status: claim ?? "none",
        doctor_ok: doctorOk,
        touch_ok: touchOk,
        claim_ok: claim === null ? null : claim !== "failed",
        current_job_id: jobId,
        lease_expires_at: leaseExpiresAt ?? null,
      },
    });
  }
}
