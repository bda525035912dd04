/** Keeps an attempt's state in the journal, so that several processes of one worker see and change the same one. */

import type { Clock } from "../clock.ts";
import { type Journal, type JournalWorker, workerScope } from "../journal/journal.ts";
import { type AttemptState, attemptStateFrom, attemptStateJson } from "./attempt-state.ts";

const KEY = "attempt";
/** How long a sign of life or progress may be kept in memory alone: a crash then makes the attempt look that much older. */
const ROUTINE_MILLIS = 5_000;

/** The stored attempt of one worker: it works on one primary job at a time. */
export class AttemptStore {
  readonly #journal: Journal;
  readonly #scope: string;
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown) => void;
  #writtenAtMonotonic = Number.NEGATIVE_INFINITY;

  constructor(journal: Journal, worker: JournalWorker, clock: Clock, onFailure: (error: unknown) => void) {
    this.#journal = journal;
    this.#scope = workerScope(worker);
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  /** The attempt that the worker made last, whichever process made it. @throws WatchdogError `journal_unusable`. */
  read(): AttemptState | undefined {
    return attemptStateFrom(this.#journal.get(this.#scope, KEY));
  }

  /** The state with what other processes have made of it. */
  latest(local: AttemptState): AttemptState {
    if (!this.#journal.isDurable) return local;
    const stored = this.#attempt(() => this.read());
    if (stored === undefined || stored.traceId !== local.traceId) return local;
    return stored.revision === local.revision ? local : joined(stored, local);
  }

  /** Takes the place of whatever attempt was stored. */
  begin(state: AttemptState): void {
    if (!this.#journal.isDurable) return;
    this.#attempt(() => this.#journal.set(this.#scope, KEY, attemptStateJson(state)));
  }

  /**
   * Changes the state, on top of what other processes have made of it, and gives the result. `apply` may run twice, on different states. Where the
   * journal fails, the change holds in this process, so that what has to page still pages.
   */
  change(local: AttemptState, apply: (state: AttemptState) => void): AttemptState {
    if (this.#journal.isDurable) {
      const changed = this.#attempt(() =>
        this.#journal.transaction(() => {
          const stored = this.read();
          // A newer claim has taken the place of this attempt: it is not to be overwritten.
          if (stored?.traceId !== local.traceId) return undefined;
          const state = joined(stored, local);
          apply(state);
          state.revision += 1;
          this.#journal.set(this.#scope, KEY, attemptStateJson(state));
          return state;
        }),
      );
      if (changed !== undefined) {
        this.#writtenAtMonotonic = this.#clock.monotonic();
        return changed;
      }
    }
    apply(local);
    return local;
  }

  /** A change that may be written a little later: only times that rise. */
  changeRoutine(local: AttemptState, apply: (state: AttemptState) => void): AttemptState {
    if (!this.#journal.isDurable || this.#clock.monotonic() - this.#writtenAtMonotonic < ROUTINE_MILLIS) {
      apply(local);
      return local;
    }
    return this.change(local, apply);
  }

  #attempt<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      this.#onFailure(error);
      return undefined;
    }
  }
}

/** What both know: the store all decisions, this process the newest signs of life. */
function joined(stored: AttemptState, local: AttemptState): AttemptState {
  stored.progressAt = Math.max(stored.progressAt, local.progressAt);
  stored.phase = local.phase;
  stored.aliveAt = Math.max(stored.aliveAt, local.aliveAt);
  return stored;
}
