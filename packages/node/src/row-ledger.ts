/** Which rows are due: changed ones until they are delivered, also past their life; unchanged ones once in a while. */
import type { Row } from "@worker-watchdog/sdk/rows";

interface Delivery {
  readonly value: number;
  readonly atMillis: number;
}

interface Undelivered {
  readonly row: Row;
  readonly sinceMillis: number;
}

/** Bounds of what is kept while a receiver is away. */
export const UNDELIVERED_BOUNDS = {
  /** Longer than any page stays open by default (lease_max_minutes + page_open_minutes: 3 hours). */
  maxAgeMillis: 4 * 3_600_000,
  /** Some 300 attempts. The oldest go first. */
  maxRows: 2000,
} as const;

/**
 * Remembers what the receiver has acknowledged. A failed export changes nothing here, so its rows stay due; so do rows whose life
 * ends meanwhile, as a settlement that never arrives would page for a job that is done.
 */
export class RowLedger {
  readonly #delivered = new Map<string, Delivery>();
  readonly #undelivered = new Map<string, Undelivered>();
  readonly #refreshMillis: number;

  constructor(refreshMillis: number) {
    this.#refreshMillis = refreshMillis;
  }

  /** Rows to send at `nowMillis`, given those that are live. They are copies: what is sent is what is acknowledged. */
  due(live: readonly Row[], nowMillis: number): readonly Row[] {
    const changed = this.changed(live, nowMillis);
    const unchanged = live.filter((row) => {
      const delivery = this.#delivered.get(rowKey(row));
      return delivery?.value === row.value && nowMillis - delivery.atMillis >= this.#refreshMillis;
    });
    return [...changed, ...unchanged.map((row) => ({ ...row }))];
  }

  /** Copies of the rows whose last value the receiver does not have. */
  changed(live: readonly Row[], nowMillis: number): readonly Row[] {
    for (const row of live) {
      const key = rowKey(row);
      if (this.#delivered.get(key)?.value === row.value) {
        this.#undelivered.delete(key);
        continue;
      }
      const sinceMillis = this.#undelivered.get(key)?.sinceMillis ?? nowMillis;
      this.#undelivered.set(key, { row: { ...row }, sinceMillis });
    }
    let excess = this.#undelivered.size - UNDELIVERED_BOUNDS.maxRows;
    for (const [key, { sinceMillis }] of this.#undelivered) {
      if (excess <= 0 && nowMillis - sinceMillis < UNDELIVERED_BOUNDS.maxAgeMillis) continue;
      this.#undelivered.delete(key);
      excess -= 1;
    }
    return [...this.#undelivered.values()].map(({ row }) => row);
  }

  /** Notes that `sent` was acknowledged, and forgets what it knows of rows that are no longer `live`. */
  acknowledge(sent: readonly Row[], live: readonly Row[], nowMillis: number): void {
    for (const row of sent) {
      const key = rowKey(row);
      this.#delivered.set(key, { value: row.value, atMillis: nowMillis });
      if (this.#undelivered.get(key)?.row.value === row.value) this.#undelivered.delete(key);
    }
    if (this.#delivered.size <= live.length) return;
    const keys = new Set(live.map(rowKey));
    for (const key of this.#delivered.keys()) if (!keys.has(key)) this.#delivered.delete(key);
  }
}

/** What tells a row from every other. */
export function rowKey({ metric, attributes }: Row): string {
  let key: string = metric;
  for (const name in attributes) key += `\u0000${name}\u0001${attributes[name]}`;
  return key;
}
