/** The journal of one SQLite file, on one connection. */

import { statSync } from "node:fs";
import type { Clock, Journal, JournalRecord, JsonValue, RecordQuery } from "@worker-watchdog/sdk";
import type { Connection } from "./connection.ts";
import { recordQuery } from "./record-query.ts";
import { INSERT_RECORD, RECORD_COLUMNS, recordFromRow, recordValues, storedMillis } from "./record-row.ts";
import type { PruneReport, Retention } from "./retention.ts";
import { SCHEMA_VERSION } from "./schema.ts";
import { storedValue } from "./stored-json.ts";

/** A journal in a file. */
export interface FileJournal extends Journal {
  readonly isDurable: true;
  /** Absolute path of the file. */
  readonly path: string;
  /** Version of its tables. */
  readonly schemaVersion: number;
  /** What a person should know about where it is; empty on a local disk. */
  readonly warnings: readonly string[];
  /** Bytes on the disk, with what was not yet moved from its -wal into the file. */
  sizeBytes(): number;
  /** What SQLite's quick_check finds wrong with the whole file, at most ten lines; nothing where it is sound. Takes about two seconds a gigabyte. */
  check(): readonly string[];
  /** Removes what retention has outlived, at most about a thousand records a call. It runs by itself as records are appended. */
  prune(nowMillis?: number): PruneReport;
  /** Closes the file; harmless where it is closed. */
  close(): void;
}

/** Records between two prunings, and what each looks at: more than come in, so that it ends, and a fraction of a millisecond. */
const PRUNE_EVERY = 64;
const PRUNE_BATCH = 128;
/** State is seldom due: it is looked at at every so many prunings. */
const STATE_EVERY = 64;
const PRUNE_CALL_BATCH = 1_024;
const MAX_PROBLEMS = 10;

/** @internal What a file's journal is made of. */
export interface FileJournalParts {
  readonly path: string;
  readonly connection: Connection;
  readonly retention: Retention;
  readonly clock: Clock;
  readonly warnings: readonly string[];
}

/** @internal */
export class SqliteJournal implements FileJournal {
  readonly isDurable = true;
  readonly schemaVersion: number = SCHEMA_VERSION;
  readonly path: string;
  readonly warnings: readonly string[];
  readonly #connection: Connection;
  readonly #retention: Retention;
  readonly #clock: Clock;
  /** Number of the record whose turn it is to prune. */
  #pruneAt: number | undefined;

  constructor(parts: FileJournalParts) {
    this.path = parts.path;
    this.warnings = parts.warnings;
    this.#connection = parts.connection;
    this.#retention = parts.retention;
    this.#clock = parts.clock;
  }

  append(record: JournalRecord, options: { readonly once?: string | undefined } = {}): JournalRecord {
    const { once } = options;
    if (once !== undefined) return this.transaction(() => this.#appendOnce(record, once));
    this.#insert(record, undefined);
    this.#pruneIfDue();
    return record;
  }

  recordOnce(key: string): JournalRecord | undefined {
    const row = this.#connection.get(`SELECT ${RECORD_COLUMNS} FROM record WHERE once_key = ?`, key);
    return row && recordFromRow(row);
  }

  records(query: RecordQuery = {}): readonly JournalRecord[] {
    const { sql, values } = recordQuery(query);
    const rows = this.#connection.all(sql, ...values);
    return rows.map(recordFromRow).reverse();
  }

  get(scope: string, key: string): JsonValue | undefined {
    const row = this.#connection.get("SELECT value FROM state WHERE scope = ? AND key = ?", scope, key);
    return storedValue(row?.["value"]);
  }

  set(scope: string, key: string, value: JsonValue | undefined): void {
    if (value === undefined) {
      this.#connection.run("DELETE FROM state WHERE scope = ? AND key = ?", scope, key);
      return;
    }
    this.#connection.run(
      `INSERT INTO state (scope, key, value, set_millis) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET value = excluded.value, set_millis = excluded.set_millis`,
      scope,
      key,
      JSON.stringify(value),
      storedMillis(this.#clock.now()),
    );
  }

  scopes(key: string): readonly string[] {
    const rows = this.#connection.all("SELECT scope FROM state WHERE key = ?", key);
    return rows.map(({ scope }) => String(scope)).sort();
  }

  transaction<T>(action: () => T): T {
    const result = this.#connection.transaction(action);
    this.#pruneIfDue();
    return result;
  }

  sizeBytes(): number {
    const sizes = ["", "-wal"].map((suffix) => statSync(`${this.path}${suffix}`, { throwIfNoEntry: false })?.size ?? 0);
    return sizes.reduce((sum, size) => sum + size);
  }

  check(): readonly string[] {
    return this.#connection.problems(MAX_PROBLEMS);
  }

  prune(nowMillis: number = this.#clock.now()): PruneReport {
    return this.#retention.prune(nowMillis, PRUNE_CALL_BATCH);
  }

  close(): void {
    this.#connection.close();
  }

  #appendOnce(record: JournalRecord, once: string): JournalRecord {
    // Also where it was there already: the process that wrote it may not have come to this yet.
    this.#connection.sync();
    return this.#insert(record, once) ? record : (this.recordOnce(once) ?? record);
  }

  #insert(record: JournalRecord, once: string | undefined): boolean {
    const { changes, lastRow } = this.#connection.run(INSERT_RECORD, ...recordValues(record, once, this.#clock.now()));
    // By the number of the record, so that one-shot processes have their turn as well.
    if (changes > 0 && lastRow % PRUNE_EVERY === 0) this.#pruneAt = lastRow;
    return changes > 0;
  }

  #pruneIfDue(): void {
    if (this.#pruneAt === undefined || this.#connection.inTransaction) return;
    const isStatesTurn = this.#pruneAt % (PRUNE_EVERY * STATE_EVERY) === 0;
    this.#pruneAt = undefined;
    const now = this.#clock.now();
    try {
      if (!isStatesTurn && !this.#retention.isDue(now)) return;
      this.#connection.withoutWaiting(() => this.#retention.prune(now, PRUNE_BATCH));
    } catch {
      // What was appended is kept; whoever comes to the next turn prunes, and what is wrong with the file shows at the next write.
    }
  }
}
