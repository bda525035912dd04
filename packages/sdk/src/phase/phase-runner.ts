/** Runs one invocation of a phase: one span, one bound, one verdict. */
import { type Attributes, INVALID_SPAN_CONTEXT, type Span, trace } from "@opentelemetry/api";
import type { Clock } from "../clock.ts";
import { ATTRIBUTES, phaseSpanName } from "../semconv/index.ts";
import type { Telemetry } from "../worker/telemetry.ts";
import { OpenCalls } from "./open-calls.ts";
import type { PhaseInvocation } from "./phase-invocation.ts";
import type { PhaseObserver } from "./phase-observer.ts";
import type { PhaseOutcome } from "./phase-outcome.ts";
import { type RunnerParts, RunningPhase } from "./running-phase.ts";

export type { PhaseInvocation } from "./phase-invocation.ts";
export type { PhaseOutcome } from "./phase-outcome.ts";

/** Runs phases for one worker. */
export class PhaseRunner {
  readonly #parts: RunnerParts;
  readonly #workerAttributes: Attributes;

  constructor(
    telemetry: Telemetry,
    clock: Clock,
    workerAttributes: Attributes,
    options: { readonly observer?: PhaseObserver | undefined } = {},
  ) {
    this.#parts = { telemetry, clock, calls: new OpenCalls(), observer: options.observer };
    this.#workerAttributes = workerAttributes;
  }

  /**
   * Runs one invocation. What the function threw is in the outcome.
   *
   * @throws what the observer's `assertRunnable` throws, and nothing else: the function has not been called then.
   */
  invoke<R>(invocation: PhaseInvocation<R>): Promise<PhaseOutcome<R>> {
    // Not an async function: its promise would be a second one for each phase.
    return new Promise((resolve) => {
      if (invocation.isRetry !== true) this.#parts.observer?.assertRunnable?.(invocation);
      new RunningPhase(this.#parts, invocation, this.#startSpan(invocation), resolve).start();
    });
  }

  /** Takes its timer back where no phase is bounded any more: the worker has stopped. */
  rest(): void {
    this.#parts.calls.rest();
  }

  #startSpan<R>({ phase, parent, attributes }: PhaseInvocation<R>): Span {
    const { telemetry } = this.#parts;
    try {
      // The copy of one object is cheap, and so is adding to it; a second spread is neither.
      const { outgoing } = telemetry;
      const name = outgoing.text(phase, "span");
      const all: Attributes = { ...this.#workerAttributes, [ATTRIBUTES.phase.key]: name };
      for (const key in attributes) {
        const value = attributes[key];
        all[key] = typeof value === "string" ? outgoing.text(value, "span") : value;
      }
      return telemetry.tracer.startSpan(phaseSpanName(name), { attributes: all }, parent);
    } catch (error) {
      telemetry.failed(error);
      return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    }
  }
}
