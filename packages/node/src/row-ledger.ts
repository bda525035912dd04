/** Which rows are due: changed ones until they are delivered, unchanged ones once in a while. */
import type { Row } from "@worker-watchdog/sdk";

interface Delivery {
  value: number;
  atMillis: number;
}

/** Remembers what the receiver has acknowledged. A failed export changes nothing here, so its rows stay due. */
export class RowLedger {
  readonly #delivered = new Map<string, Delivery>();
  readonly #refreshMillis: number;

  constructor(refreshMillis: number) {
    this.#refreshMillis = refreshMillis;
  }

  /** Rows to send at `nowMillis`. */
  due(rows: readonly Row[], nowMillis: number): readonly Row[] {
    return rows.filter((row) => {
      const delivery = this.#delivered.get(rowKey(row));
      return delivery?.value !== row.value || nowMillis - delivery.atMillis >= this.#refreshMillis;
    });
  }

  /** Rows whose value the receiver does not have. */
  changed(rows: readonly Row[]): readonly Row[] {
    return rows.filter((row) => this.#delivered.get(rowKey(row))?.value !== row.value);
  }

  /** Notes that `sent` was acknowledged, and forgets rows that are no longer `live`. */
  acknowledge(sent: readonly Row[], live: readonly Row[], nowMillis: number): void {
    for (const row of sent) this.#delivered.set(rowKey(row), { value: row.value, atMillis: nowMillis });
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
