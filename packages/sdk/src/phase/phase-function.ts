/** What the library hands to the function of a phase. */

/** What a phase's function is called with. */
export interface PhaseContext {
  /**
   * Aborts when the phase's bound has passed, the lease has run out, or the worker is told to stop. Hand it to `fetch`, `spawn` and the like:
   * the library stops waiting then, and work that goes on is work for nobody.
   */
  readonly signal: AbortSignal;
  /** `traceparent` for outgoing requests, empty where no SDK is registered. */
  readonly headers: Readonly<Record<string, string>>;
  /** `TRACEPARENT` for child processes, empty where no SDK is registered. */
  readonly env: Readonly<Record<string, string>>;
}

/** The function of a phase. Its result and its errors pass through the library untouched. */
export type PhaseFunction<R> = (context: PhaseContext) => R | PromiseLike<R>;
