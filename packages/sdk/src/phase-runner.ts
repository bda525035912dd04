/** Runs one invocation of a phase: one span, one bound, one verdict. */
import { type Attributes, type Context, context, type Span, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Clock } from "./clock.ts";
import { WatchdogError } from "./errors.ts";
import { failureOfError, failureOfResult, type PhaseFailure } from "./phase-failure.ts";
import type { PhaseFunction } from "./phase-function.ts";
import type { ObservedPhase, PhaseObserver } from "./phase-observer.ts";
import type { PhaseOutcome } from "./phase-outcome.ts";
import { ATTRIBUTES, type PhaseStatus, phaseSpanName } from "./semconv/index.ts";
import type { Telemetry } from "./telemetry.ts";
import { traceEnvironment, traceHeaders } from "./trace-context.ts";

export type { PhaseOutcome } from "./phase-outcome.ts";

/** One invocation of a phase. */
export interface PhaseInvocation<R> extends ObservedPhase {
  readonly run: PhaseFunction<R>;
  readonly attributes: Attributes;
  /** Whether the result passes. */
  readonly passes: (result: unknown) => boolean;
  /** The bound of a job service's command; undefined where the phase is the worker's own work (R6.6). */
  readonly timeoutMillis?: number | undefined;
  /** Ends the wait as well: lease expiry, shutdown. */
  readonly signal?: AbortSignal | undefined;
  /** Whether a retry follows this failure: its span then says `retried`. */
  readonly retries?: ((failure: PhaseFailure) => boolean) | undefined;
  /** Adds attributes to the span before it ends. */
  readonly onEnd?: ((span: Span, outcome: PhaseOutcome<R>) => void) | undefined;
}

/** Runs phases for one worker. */
export class PhaseRunner {
  readonly #telemetry: Telemetry;
  readonly #clock: Clock;
  readonly #workerAttributes: Attributes;
  readonly #observer: PhaseObserver | undefined;

  constructor(
    telemetry: Telemetry,
    clock: Clock,
    workerAttributes: Attributes,
    options: { readonly observer?: PhaseObserver | undefined } = {},
  ) {
    this.#telemetry = telemetry;
    this.#clock = clock;
    this.#workerAttributes = workerAttributes;
    this.#observer = options.observer;
  }

  /**
   * Runs one invocation. What the function threw is in the outcome.
   *
   * @throws what the observer's `assertRunnable` throws, and nothing else: the function has not been called then.
   */
  async invoke<R>(invocation: PhaseInvocation<R>): Promise<PhaseOutcome<R>> {
    const observer = this.#observer;
    observer?.assertRunnable?.(invocation);
    const span = this.#telemetry.tracer.startSpan(
      phaseSpanName(invocation.phase),
      { attributes: { ...this.#workerAttributes, ...invocation.attributes, [ATTRIBUTES.phase.key]: invocation.phase } },
      invocation.parent,
    );
    const active = trace.setSpan(invocation.parent, span);
    const token = observer && this.#telemetry.guard(() => observer.started(invocation));
    const settled = await this.#settle(invocation, active);
    const outcome = this.#judge(invocation, settled);
    if (observer !== undefined) this.#telemetry.guard(() => observer.ended(invocation, outcome, token));
    this.#telemetry.guard(() => {
      span.setAttribute(ATTRIBUTES.phaseStatus.key, outcome.status);
      if (outcome.status !== "ok") {
        span.setAttribute(ATTRIBUTES.phaseFailure.key, outcome.failure.code);
        span.setAttribute(ATTRIBUTES.errorType.key, errorType(outcome.thrown?.error) ?? outcome.failure.class);
        // The message of an error may hold a credential: only its code leaves the process.
        span.setStatus({ code: SpanStatusCode.ERROR, message: outcome.failure.code });
      }
      invocation.onEnd?.(span, outcome);
    });
    span.end();
    return outcome;
  }

  async #settle<R>(invocation: PhaseInvocation<R>, active: Context): Promise<Settled<R>> {
    const bound = new AbortController();
    const signal = invocation.signal === undefined ? bound.signal : AbortSignal.any([bound.signal, invocation.signal]);
    const call = { signal, headers: traceHeaders(active), env: traceEnvironment(active) };
    const work = context.with(active, async () => invocation.run(call));
    const { timeoutMillis } = invocation;
    return new Promise((resolve) => {
      const finish = (settled: Settled<R>): void => {
        timer?.cancel();
        invocation.signal?.removeEventListener("abort", onAbort);
        resolve(settled);
      };
      const onAbort = (): void => finish({ thrown: { error: invocation.signal?.reason }, late: work });
      const timer =
        timeoutMillis === undefined
          ? undefined
          : this.#clock.after(timeoutMillis, () => {
              const error = new WatchdogError(
                "phase_timeout",
                `The ${invocation.phase} phase gave no result within ${timeoutMillis / 1_000} s (thresholds.job_command_timeout_seconds). ` +
                  "Its signal is aborted; look at the job service.",
                { isRetryable: true },
              );
              bound.abort(error);
              finish({ thrown: { error }, late: work });
            });
      work.then(
        (result) => finish({ result }),
        (error: unknown) => finish({ thrown: { error } }),
      );
      if (invocation.signal?.aborted === true) onAbort();
      else invocation.signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  #judge<R>(invocation: PhaseInvocation<R>, settled: Settled<R>): PhaseOutcome<R> {
    if (settled.result !== undefined || settled.thrown === undefined) {
      const result = settled.result as R;
      if (invocation.passes(result)) return { status: "ok", result };
      const failure = failureOfResult(result);
      return { status: this.#statusOf(invocation, failure), failure, result };
    }
    const failure = failureOfError(settled.thrown.error);
    const status = this.#statusOf(invocation, failure);
    return settled.late === undefined
      ? { status, failure, thrown: settled.thrown }
      : { status, failure, thrown: settled.thrown, late: settled.late };
  }

  #statusOf<R>(invocation: PhaseInvocation<R>, failure: PhaseFailure): Exclude<PhaseStatus, "ok"> {
    if (invocation.retries?.(failure) === true) return "retried";
    return failure.class === "timeout" || failure.class === "lease_lost" ? "stuck" : "failed";
  }
}

interface Settled<R> {
  readonly result?: R;
  readonly thrown?: { readonly error: unknown };
  readonly late?: Promise<R>;
}

function errorType(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const name = WatchdogError.isInstance(error) ? error.code : error.name;
  return /^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name) ? name : undefined;
}
