/** What one invocation of a phase is given. */
import type { Attributes, Span } from "@opentelemetry/api";
import type { PhaseFailure } from "./phase-failure.ts";
import type { PhaseFunction } from "./phase-function.ts";
import type { ObservedPhase } from "./phase-observer.ts";
import type { PhaseOutcome } from "./phase-outcome.ts";

/** One invocation of a phase. */
export interface PhaseInvocation<R> extends ObservedPhase {
  readonly run: PhaseFunction<R>;
  /** Attributes of the span beside the worker's and the phase's own. */
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
