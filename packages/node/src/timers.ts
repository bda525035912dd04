/** Time and unreferenced timers, as an argument: nothing in this package keeps a process alive by itself. */

/** What the exporting parts need of time. Tests give their own. */
export interface Timers {
  /** Now, in unix milliseconds. */
  now(): number;
  /** Calls `run` once after `delayMillis`, without keeping the process alive. Returns the way to cancel. */
  after(delayMillis: number, run: () => void): () => void;
}

/** The process's own clock and timers. */
export const processTimers: Timers = {
  now: () => Date.now(),
  after(delayMillis, run) {
    const timer = setTimeout(run, delayMillis).unref();
    return () => clearTimeout(timer);
  },
};
