/** Rows: the gauge values that pages are made from. Each only grows, and each is dropped when it is of no more use. */
import type { RowMetricKey } from "../semconv/index.ts";

/** One live row: a point of a gauge or a counter that is exported until it is dropped. */
export interface Row {
  /** Which metric of semconv it is a point of. */
  readonly metric: RowMetricKey;
  /** Attributes of the point, by OpenTelemetry key. */
  readonly attributes: Readonly<Record<string, string>>;
  /** The value: unix seconds or a count. */
  readonly value: number;
  /** When the value last changed, in unix milliseconds. */
  readonly changedAtMillis: number;
  /** For a point of a counter: since when it counts, in unix milliseconds; the same in every process that exports it. */
  readonly startMillis?: number | undefined;
}

/** What an exporter reads rows from. */
export interface RowSource {
  /** The rows that are live at `nowMillis`; rows that have outlived their use are dropped first. */
  rows(nowMillis: number): readonly Row[];
  /** Calls `listener` after each change that must not wait for the next export. Returns the way to stop. */
  onUrgentChange(listener: () => void): () => void;
}

/** Whether a change waits for the next export. */
export type RowUrgency = "urgent" | "routine";

interface StoredRow {
  metric: RowMetricKey;
  attributes: Readonly<Record<string, string>>;
  value: number;
  changedAtMillis: number;
  startMillis?: number | undefined;
  owner: RowOwner;
  /** Out of the table: a handle to it is of no more use. */
  isDropped: boolean;
}

/** How many rows a table has at least before it looks for some to drop by itself. */
const FIRST_SWEEP = 256;

/** What rows belong to: they are dropped together once `dropAtMillis` has passed. */
export interface RowOwner {
  /** Unix milliseconds after which the rows are dropped; `Infinity` keeps them. */
  dropAtMillis: number;
}

/** Rows of the worker itself stay as long as the process. */
export const KEPT_ROWS: Readonly<RowOwner> = Object.freeze({ dropAtMillis: Number.POSITIVE_INFINITY });

/**
 * The rows of one watchdog. A value lower than the stored one is ignored. Setting a row costs two map look-ups where the caller hands in the very
 * attributes object of the time before, as one that sets a row with every phase does, and a string key else.
 */
export class RowTable implements RowSource {
  readonly #rows = new Map<string, StoredRow>();
  readonly #byAttributes = new WeakMap<object, Map<RowMetricKey, StoredRow>>();
  readonly #listeners = new Set<() => void>();
  readonly #now: () => number;
  #sweepAt = FIRST_SWEEP;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /**
   * Sets a row. Rows only grow: a lower value is ignored, except where `mayFall` is set (the no-job streak, which a claim resets).
   * The caller's `attributes` object is kept, not copied.
   *
   * @param options.startMillis For a point of a counter: since when it counts.
   * @param options.atMillis The time now, where the caller has just read it. Default: the clock's.
   */
  set(
    metric: RowMetricKey,
    attributes: Readonly<Record<string, string>>,
    value: number,
    owner: RowOwner,
    options: {
      readonly urgency?: RowUrgency;
      readonly mayFall?: boolean;
      readonly atMillis?: number | undefined;
      readonly startMillis?: number | undefined;
    } = {},
  ): void {
    const row = this.#find(metric, attributes);
    if (row === undefined) {
      this.#add({
        metric,
        attributes,
        value,
        changedAtMillis: options.atMillis ?? this.#now(),
        startMillis: options.startMillis,
        owner,
        isDropped: false,
      });
    } else if (value > row.value || (options.mayFall === true && value !== row.value)) {
      row.value = value;
      row.changedAtMillis = options.atMillis ?? this.#now();
    } else {
      return;
    }
    if (options.urgency === "urgent") for (const listener of this.#listeners) listener();
  }

  rows(nowMillis: number): readonly Row[] {
    this.#sweep(nowMillis);
    return [...this.#rows.values()];
  }

  onUrgentChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #find(metric: RowMetricKey, attributes: Readonly<Record<string, string>>): StoredRow | undefined {
    const known = this.#byAttributes.get(attributes)?.get(metric);
    if (known !== undefined && !known.isDropped) return known;
    const row = this.#rows.get(rowKey(metric, attributes));
    if (row !== undefined) this.#remember(attributes, row);
    return row;
  }

  #add(row: StoredRow): void {
    // Where no exporter ever reads the rows, nothing else would drop those of the jobs that are done.
    if (this.#rows.size >= this.#sweepAt) this.#sweep(row.changedAtMillis);
    this.#rows.set(rowKey(row.metric, row.attributes), row);
    this.#remember(row.attributes, row);
  }

  #sweep(nowMillis: number): void {
    for (const [key, row] of this.#rows) {
      if (row.owner.dropAtMillis >= nowMillis) continue;
      row.isDropped = true;
      this.#rows.delete(key);
    }
    // So that a sweep costs each new row the same, however many there are.
    this.#sweepAt = Math.max(FIRST_SWEEP, 2 * this.#rows.size);
  }

  #remember(attributes: Readonly<Record<string, string>>, row: StoredRow): void {
    let rows = this.#byAttributes.get(attributes);
    if (rows === undefined) {
      rows = new Map();
      this.#byAttributes.set(attributes, rows);
    }
    rows.set(row.metric, row);
  }
}

function rowKey(metric: RowMetricKey, attributes: Readonly<Record<string, string>>): string {
  let key: string = metric;
  for (const name in attributes) key += `\u0000${attributes[name]}`;
  return key;
}
