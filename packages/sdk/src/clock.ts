/** Time as an argument: the wall clock, the monotonic clock and timers, so that tests own all three. */

/** A timer that was set. */
export interface Timer {
  /** Stops the timer; harmless when it has run. */
  cancel(): void;
}

/** The clocks and timers that a watchdog lives by. */
export interface Clock {
  /** Wall-clock time, in unix milliseconds. */
  now(): number;
  /** Monotonic time in milliseconds: unmoved by clock steps, comparable only with itself. */
  monotonic(): number;
  /**
   * Runs `action` once after `millis`. A timer never keeps the process alive: a call that nothing else can end is given up when the event loop runs
   * empty, not after its bound (decision 0070).
   */
  after(millis: number, action: () => void): Timer;
}

/** The process's own clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(millis, action) {
    const timer = setTimeout(action, Math.max(0, millis));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Resolves after `millis`, or as soon as `signal` aborts. Keeps the process alive: it is used where a worker waits for a retry. */
export function pause(clock: Clock, millis: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const keepAlive = setInterval(() => {}, 1_000);
    const done = (): void => {
      clearInterval(keepAlive);
      timer.cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.after(millis, done);
    signal?.addEventListener("abort", done, { once: true });
  });
}
