/** One process of a worker that can be killed at any moment: from then on nothing that it does reaches anybody. */
import type { Clock, Journal, Timer } from "../../src/index.ts";

/** A process's life. */
export class ProcessLife {
  #dead = false;
  #operations = 0;
  readonly #diesAt: number;

  /** Dies at the journal operation with this number, before or, with a half on top, right after it. Default: never. */
  constructor(diesAtOperation: number = Number.POSITIVE_INFINITY) {
    this.#diesAt = diesAtOperation;
  }

  get isDead(): boolean {
    return this.#dead;
  }

  /** kill -9. */
  kill(): void {
    this.#dead = true;
  }

  /** A journal that this process uses. */
  journal(shared: Journal): Journal {
    const operate = <T>(action: () => T): T => {
      this.#operations += 1;
      if (this.#operations > this.#diesAt) this.kill();
      if (this.#dead) throw new Killed();
      const result = action();
      if (this.#operations + 0.5 > this.#diesAt) this.kill();
      // The write is done, and the process is gone before it could know.
      if (this.#dead) throw new Killed();
      return result;
    };
    return {
      isDurable: true,
      append: (record, options) => operate(() => shared.append(record, options)),
      recordOnce: (key) => shared.recordOnce(key),
      records: (query) => shared.records(query),
      get: (scope, key) => shared.get(scope, key),
      set: (scope, key, value) => operate(() => shared.set(scope, key, value)),
      scopes: (key) => shared.scopes(key),
      // One operation, as the file's is: all of it or none.
      transaction: (action) => shared.transaction(action),
    };
  }

  /** A clock whose timers die with the process. */
  clock(shared: Clock): Clock {
    return {
      now: () => shared.now(),
      monotonic: () => shared.monotonic(),
      after: (millis, action): Timer =>
        shared.after(millis, () => {
          if (!this.#dead) action();
        }),
    };
  }

  /** A call that a dead process no longer makes. */
  reaches<A extends readonly unknown[], R>(call: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
    return (...args) => (this.#dead ? new Promise(() => {}) : call(...args));
  }
}

/** What a killed process would see, were it still there. */
export class Killed extends Error {
  override readonly name = "Killed";
}
