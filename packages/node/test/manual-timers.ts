/** Time that tests move by hand. */
import type { Timers } from "../src/timers.ts";

/** Timers that fire only in {@link ManualTimers.advance}. */
export class ManualTimers implements Timers {
  #nowMillis: number;
  readonly #timers = new Set<{ atMillis: number; run: () => void }>();

  constructor(nowMillis = 1_000_000) {
    this.#nowMillis = nowMillis;
  }

  now(): number {
    return this.#nowMillis;
  }

  after(delayMillis: number, run: () => void): () => void {
    const timer = { atMillis: this.#nowMillis + delayMillis, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Moves time on, fires what is due in order, and lets promises settle. */
  async advance(millis: number): Promise<void> {
    const untilMillis = this.#nowMillis + millis;
    for (;;) {
      const due = [...this.#timers]
        .filter(({ atMillis }) => atMillis <= untilMillis)
        .sort((a, b) => a.atMillis - b.atMillis)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#nowMillis = due.atMillis;
      due.run();
      await settle();
    }
    this.#nowMillis = untilMillis;
    await settle();
  }
}

/** Lets all promises that are ready settle. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}
