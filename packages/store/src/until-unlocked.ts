/** Tries again for a bounded time where another process holds a lock that SQLite itself does not wait for. */
import { isLocked, journalUnusable } from "./journal-unusable.ts";

const WAIT_MILLIS = 5;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * Runs `action`. SQLite waits for most locks by itself, up to its busy timeout, but gives up at once where a file is just being made, recovered
 * or closed by another process.
 *
 * @throws WatchdogError `journal_unusable`, with reason `locked` once `timeoutMillis` are over.
 */
export function untilUnlocked<T>(file: string, timeoutMillis: number, action: () => T): T {
  const endsAt = performance.now() + timeoutMillis;
  for (;;) {
    try {
      return action();
    } catch (cause) {
      if (!isLocked(cause) || performance.now() >= endsAt) throw journalUnusable(file, cause);
    }
    Atomics.wait(sleeper, 0, 0, WAIT_MILLIS);
  }
}
