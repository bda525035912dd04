/** Who else hears of each invocation of a phase: what writes its record, and what may refuse to let it begin. */
import type { Context } from "@opentelemetry/api";
import type { PhaseOutcome } from "./phase-outcome.ts";

/** What an observer is told about an invocation. */
export interface ObservedPhase {
  /** The phase: one of the nine, or the worker's own. */
  readonly phase: string;
  /** Parent of the phase's span. */
  readonly parent: Context;
  /** The job that it belongs to; undefined before there is one. */
  readonly jobId?: string | undefined;
  /** Whether it is the one retry of an invocation that was let begin: it is part of that phase, and is not asked about again. Default: false. */
  readonly isRetry?: boolean | undefined;
  /** What else is recorded when it has passed: in one write with the record of its run. */
  readonly onPassed?: (() => void) | undefined;
  /** Trace id of its heartbeat or attempt, also where no SDK is registered; undefined where the caller did not say. */
  readonly traceId?: string | undefined;
}

/**
 * Watches the invocations of one worker's phases. A runner without one pays nothing for it.
 *
 * `assertRunnable` is control, and is obeyed; `started` and `ended` are records: what they throw is counted as a telemetry error, and never reaches
 * the worker. All three are called on the worker's own time, so they are short and synchronous.
 */
export interface PhaseObserver<Token = unknown> {
  /**
   * Called before anything else. Where it throws, the function is not called, there is no span and neither `started` nor `ended` follow, and the
   * invocation rejects with the error: nothing ran, so nothing failed.
   *
   * @throws WatchdogError such as `run_cancelled` or `journal_unusable`.
   */
  assertRunnable?(phase: ObservedPhase): void;
  /** Called just before the phase's function. What it returns is handed to {@link PhaseObserver.ended}. */
  started(phase: ObservedPhase): Token;
  /** Called once, with the verdict, before the phase's span ends; it calls `onPassed` of a phase that has passed. The token is undefined where `started` threw. */
  ended(phase: ObservedPhase, outcome: PhaseOutcome<unknown>, token: Token | undefined): void;
}
