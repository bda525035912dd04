/** One invocation of a phase, from its function's start to its verdict. */
import { context, type Span, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Clock } from "../clock.ts";
import { WatchdogError } from "../errors.ts";
import { ATTRIBUTES } from "../semconv/index.ts";
import type { Telemetry } from "../worker/telemetry.ts";
import type { OpenCall, OpenCalls } from "./open-calls.ts";
import { phaseContextOnDemand } from "./phase-context-on-demand.ts";
import { failureOfError, failureOfResult, type PhaseFailure } from "./phase-failure.ts";
import type { PhaseInvocation } from "./phase-invocation.ts";
import type { PhaseObserver } from "./phase-observer.ts";
import type { PhaseOutcome } from "./phase-outcome.ts";

/** What the invocations of one worker share. */
export interface RunnerParts {
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly calls: OpenCalls;
  readonly observer: PhaseObserver | undefined;
}

type Failed<R> = Exclude<PhaseOutcome<R>, { status: "ok" }>;

/**
 * A phase that runs. One object holds all of it, with no closure or listener that a phase of no work would pay for: the benchmark
 * `npm run bench -- phase` holds what it costs beside a span written by hand.
 */
export class RunningPhase<R> implements OpenCall {
  readonly signal: AbortSignal | undefined;
  slot = -1;
  deadline = Number.POSITIVE_INFINITY;
  readonly #parts: RunnerParts;
  readonly #invocation: PhaseInvocation<R>;
  readonly #span: Span;
  readonly #resolve: (outcome: PhaseOutcome<R>) => void;
  #work: Promise<R> | undefined;
  #bound: AbortController | undefined;
  #token: unknown;
  #gaveUp: { readonly error: unknown } | undefined;
  #settled = false;

  constructor(
    parts: RunnerParts,
    invocation: PhaseInvocation<R>,
    span: Span,
    resolve: (outcome: PhaseOutcome<R>) => void,
  ) {
    this.#parts = parts;
    this.#invocation = invocation;
    this.#span = span;
    this.#resolve = resolve;
    this.signal = invocation.signal;
  }

  /** Calls the function and waits for what comes first: its result, its error, its bound, or its signal. */
  start(): void {
    const { calls, observer, telemetry } = this.#parts;
    const { parent, run, signal } = this.#invocation;
    const active = trace.setSpan(parent, this.#span);
    if (observer !== undefined) this.#token = telemetry.guard(() => observer.started(this.#invocation));
    try {
      const call = phaseContextOnDemand(active, () => this.#makeSignal());
      // A value, a promise, or anything with a `then`, however badly it behaves: from here on it is a promise that settles at most once.
      this.#work = Promise.resolve(context.with(active, run, undefined, call));
      this.#work.then(
        (result) => this.#returned(result),
        (error: unknown) => this.#threw(error),
      );
    } catch (error) {
      this.#threw(error);
      return;
    }
    if (this.#settled) return;
    const { timeoutMillis } = this.#invocation;
    calls.add(this);
    if (timeoutMillis !== undefined) {
      const { clock } = this.#parts;
      this.deadline = clock.monotonic() + timeoutMillis;
      calls.bound(this, clock);
    }
    if (signal?.aborted === true) this.giveUp(signal.reason);
  }

  giveUp(error: unknown): void {
    if (this.#settled) return;
    this.#gaveUp = { error };
    this.#bound?.abort(error);
    const late = this.#work;
    this.#finish(
      this.#failed(failureOfError(error), late === undefined ? { thrown: { error } } : { thrown: { error }, late }),
    );
  }

  #returned(result: R): void {
    if (this.#settled) return;
    let outcome: PhaseOutcome<R>;
    try {
      outcome = this.#invocation.passes(result)
        ? { status: "ok", result }
        : this.#failed(failureOfResult(result), { result });
    } catch (error) {
      outcome = this.#failed(failureOfError(error), { result });
    }
    this.#finish(outcome);
  }

  #threw(error: unknown): void {
    if (!this.#settled) this.#finish(this.#failed(failureOfError(error), { thrown: { error } }));
  }

  #failed(failure: PhaseFailure, came: Omit<Failed<R>, "status" | "failure">): Failed<R> {
    if (this.#invocation.retries?.(failure) === true) return { status: "retried", failure, ...came };
    const isStuck = failure.class === "timeout" || failure.class === "lease_lost";
    return { status: isStuck ? "stuck" : "failed", failure, ...came };
  }

  #finish(outcome: PhaseOutcome<R>): void {
    const { telemetry, calls, observer } = this.#parts;
    this.#settled = true;
    calls.delete(this);
    if (observer !== undefined) telemetry.guard(() => observer.ended(this.#invocation, outcome, this.#token));
    else if (outcome.status === "ok") this.#invocation.onPassed?.();
    try {
      this.#endSpan(outcome);
    } catch (error) {
      telemetry.failed(error);
    }
    this.#resolve(outcome);
  }

  #endSpan(outcome: PhaseOutcome<R>): void {
    const span = this.#span;
    try {
      span.setAttribute(ATTRIBUTES.phaseStatus.key, outcome.status);
      if (outcome.status !== "ok") {
        // The message of an error may hold a credential: only its code leaves the process, and even that may be one.
        const { outgoing } = this.#parts.telemetry;
        const code = outgoing.text(outcome.failure.code, "span");
        const type = errorType(outcome.thrown?.error) ?? outcome.failure.class;
        span.setAttribute(ATTRIBUTES.phaseFailure.key, code);
        span.setAttribute(ATTRIBUTES.errorType.key, outgoing.text(type, "span"));
        span.setStatus({ code: SpanStatusCode.ERROR, message: code });
      }
      this.#invocation.onEnd?.(span, outcome);
    } finally {
      span.end();
    }
  }

  overdue(): void {
    const { phase, timeoutMillis = 0 } = this.#invocation;
    this.giveUp(
      new WatchdogError(
        "phase_timeout",
        `The ${phase} phase gave no result within ${timeoutMillis / 1_000} s (thresholds.job_command_timeout_seconds). ` +
          "Its signal is aborted; look at the job service.",
        { isRetryable: true },
      ),
    );
  }

  // Tied to the job's signal for as long as the function's work may go on, also after the phase.
  #makeSignal(): AbortSignal {
    const bound = new AbortController();
    this.#bound = bound;
    if (this.#gaveUp !== undefined) bound.abort(this.#gaveUp.error);
    return this.signal === undefined ? bound.signal : AbortSignal.any([bound.signal, this.signal]);
  }
}

function errorType(error: unknown): string | undefined {
  const code = WatchdogError.isInstance(error) ? error.code : nameOf(error);
  return code !== undefined && /^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(code) ? code : undefined;
}

// What was thrown may be anything: a proxy that refuses to say what it is has no type.
function nameOf(error: unknown): string | undefined {
  try {
    return error instanceof Error && typeof error.name === "string" ? error.name : undefined;
  } catch {
    return undefined;
  }
}
