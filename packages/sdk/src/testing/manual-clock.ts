/** A clock that moves only when a test moves it. */
import type { Clock } from "../clock.ts";

/** A clock for tests. */
export interface ManualClock extends Clock {
  /** Moves time on by `millis`, and runs the timers that fall due, in order, letting promises settle in between. */
  advance(millis: number): Promise<void>;
  /** Steps the wall clock alone, as an NTP correction does. */
  stepWallClock(millis: number): void;
  /** How many timers are set. */
  readonly timers: number;
}

interface PendingTimer {
  readonly atMonotonic: number;
  readonly action: () => void;
}

/**
 * Makes a clock for tests.
 *
 * @param startMillis Wall-clock time it starts at, in unix milliseconds. Default: 2026-11-21T00:00:00Z.
 */
export function manualClock(startMillis: number = Date.UTC(2026, 10, 21)): ManualClock {
  let wall = startMillis;
  let monotonic = 1_000;
  const pending = new Set<PendingTimer>();
  return {
    now: () => wall,
    monotonic: () => monotonic,
    after(millis, action) {
      const timer = { atMonotonic: monotonic + Math.max(0, millis), action };
      pending.add(timer);
      return { cancel: () => void pending.delete(timer) };
    },
    stepWallClock(millis) {
      wall += millis;
    },
    get timers() {
      return pending.size;
    },
    async advance(millis) {
      const end = monotonic + millis;
      await settle();
      for (;;) {
        const next = earliest(pending);
        if (next === undefined || next.atMonotonic > end) break;
        wall += next.atMonotonic - monotonic;
        monotonic = next.atMonotonic;
        pending.delete(next);
        next.action();
        await settle();
      }
      wall += end - monotonic;
      monotonic = end;
      await settle();
    },
  };
}

function earliest(timers: ReadonlySet<PendingTimer>): PendingTimer | undefined {
  let found: PendingTimer | undefined;
  for (const timer of timers) if (found === undefined || timer.atMonotonic < found.atMonotonic) found = timer;
  return found;
}

// A turn of the event loop lets every promise that can settle do so.
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
