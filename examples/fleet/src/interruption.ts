/** Ctrl-C once: everything is stopped in order. Twice: at once, and every child ends because this process does. */

/** How a run is ended from outside. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Ends the run for a reason that is an error. */
  interrupt(error: Error): void;
  /** Whether a person ended it. */
  wasInterrupted(): boolean;
}

/** What shells give for a process that Ctrl-C ended. */
export const INTERRUPTED_EXIT_CODE = 130;

/** Listens to SIGINT, SIGTERM and SIGHUP from now on. */
export function interruption(say: (text: string) => void): Interruption {
  const controller = new AbortController();
  let signals = 0;
  const onSignal = (): void => {
    signals += 1;
    if (signals > 1) {
      say("Stopping at once.");
      process.exit(INTERRUPTED_EXIT_CODE);
    }
    controller.abort(new Error("Interrupted."));
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  return {
    signal: controller.signal,
    interrupt: (error) => controller.abort(error),
    wasInterrupted: () => signals > 0,
  };
}
