/** A call of the library's own to the job service: bounded, abortable, and with the attempt's trace context. */
import { type Context, context } from "@opentelemetry/api";
import type { Clock } from "../clock.ts";
import { WatchdogError } from "../errors.ts";
import { type OpenCall, OpenCalls } from "./open-calls.ts";
import type { PhaseFunction } from "./phase-function.ts";
import { traceEnvironment, traceHeaders } from "./trace-context.ts";

/** What bounds a call. */
export interface CallBounds {
  readonly clock: Clock;
  readonly timeoutMillis: number;
  /** Parent of the call's trace context. */
  readonly parent: Context;
  /** Ends the wait as well. */
  readonly signal?: AbortSignal | undefined;
}

// Made with the first call: importing the library starts nothing.
let openCalls: OpenCalls | undefined;

/**
 * Runs `run` and waits for it until the bound or the signal.
 *
 * @throws WatchdogError `phase_timeout` when the bound has passed; the signal's reason when it aborts; what `run` throws.
 */
export async function boundedCall<R>(bounds: CallBounds, run: PhaseFunction<R>): Promise<R> {
  const { clock, timeoutMillis, parent, signal } = bounds;
  const bound = new AbortController();
  const both = signal === undefined ? bound.signal : AbortSignal.any([bound.signal, signal]);
  const open: OpenCall = {
    signal: undefined,
    slot: -1,
    // Its timer is its own: calls of the library's are rare.
    deadline: Number.POSITIVE_INFINITY,
    giveUp: (error) => bound.abort(error),
    overdue: () => {},
  };
  openCalls ??= new OpenCalls();
  openCalls.add(open);
  const timer = clock.after(timeoutMillis, () =>
    bound.abort(
      new WatchdogError(
        "phase_timeout",
        `The job service gave no result within ${timeoutMillis / 1_000} s. Its signal is aborted.`,
        {
          isRetryable: true,
        },
      ),
    ),
  );
  let onAbort: (() => void) | undefined;
  const ended = new Promise<never>((_, reject) => {
    onAbort = () => reject(both.reason);
    if (both.aborted) onAbort();
    else both.addEventListener("abort", onAbort, { once: true });
  });
  try {
    const call = { signal: both, headers: traceHeaders(parent), env: traceEnvironment(parent) };
    return await Promise.race([context.with(parent, async () => run(call)), ended]);
  } finally {
    timer.cancel();
    openCalls.delete(open);
    if (onAbort !== undefined) both.removeEventListener("abort", onAbort);
  }
}
