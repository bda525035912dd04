/** One process of a worker that can be killed at any moment: from then on nothing that it does reaches anybody. */
import type { Clock, Journal, Timer } from "../../src/index.ts";

/** A process's life. */
export class ProcessLife {
  #dead = false;
  #operations = 0;
  #calls = 0;
  readonly #diesAt: number;
  readonly #diesAtCall: number;

  /**
   * Dies right after the journal operation, or the call to the job service, with this number, when its effect is there and the process does not know;
   * with a half on top, just before the next one. 0 is never.
   */
  constructor(moments: { readonly operation?: number; readonly call?: number } = {}) {
    this.#diesAt = moments.operation || Number.POSITIVE_INFINITY;
    this.#diesAtCall = moments.call || Number.POSITIVE_INFINITY;
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
    return async (...args) => {
      this.#calls += 1;
      const number = this.#calls;
      if (number > this.#diesAtCall) this.kill();
      if (this.#dead) return new Promise<R>(() => {});
      const answer = await call(...args);
      if (number + 0.5 > this.#diesAtCall) this.kill();
      return this.#dead ? new Promise<R>(() => {}) : answer;
    };
  }
}

/** What a killed process would see, were it still there. */
export class Killed extends Error {
  override readonly name = "Killed";
}
