/** One connection to a journal's file: statements prepared when they are first used, transactions that nest, one kind of error. */
import { closeSync, fsyncSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { WatchdogError } from "@worker-watchdog/sdk";
import { journalUnusable } from "./journal-unusable.ts";

type Row = Readonly<Record<string, unknown>>;

/** A connection. Every method throws `WatchdogError` `journal_unusable` where the file can not be read or written. */
export class Connection {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #statements = new Map<string, StatementSync>();
  #inTransaction = false;
  /** The first failure of the open transaction: SQLite may have rolled it back, and what follows must not be kept either. */
  #failure: WatchdogError | undefined;
  #syncAtCommit = false;
  #isFolderSynced = false;

  constructor(database: DatabaseSync, file: string) {
    this.#database = database;
    this.#file = file;
  }

  /** Runs a statement that writes. @returns How many rows it changed. */
  run(sql: string, ...values: readonly SQLInputValue[]): number {
    return this.#use(() => Number(this.#statement(sql).run(...values).changes));
  }

  /** The first row. */
  get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#use(() => this.#statement(sql).get(...values));
  }

  /** All rows. */
  all(sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
    return this.#use(() => this.#statement(sql).all(...values));
  }

  /** Runs `action` alone among all processes; all of its writes are kept, or none. */
  transaction<T>(action: () => T): T {
    if (this.#inTransaction) return action();
    this.#use(() => this.#database.exec("BEGIN IMMEDIATE"));
    this.#inTransaction = true;
    try {
      const result = action();
      if (this.#failure !== undefined) throw this.#failure;
      this.#use(() => this.#database.exec("COMMIT"));
      return result;
    } catch (error) {
      // A full disk or a failed write has rolled it back already.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      this.#syncAtCommit = false;
      throw error;
    } finally {
      this.#inTransaction = false;
      this.#failure = undefined;
      if (this.#syncAtCommit) this.sync();
    }
  }

  /** Puts everything committed on the disk: now, or as soon as the open transaction is committed. */
  sync(): void {
    this.#syncAtCommit = this.#inTransaction;
    if (this.#inTransaction || this.#file === ":memory:") return;
    this.#use(() => {
      // SQLite itself would sync every commit or none; here only some have to be. No lock is held on this file.
      syncFile(`${this.#file}-wal`, "r+");
      if (!this.#isFolderSynced && process.platform !== "win32") syncFile(dirname(this.#file), "r");
      this.#isFolderSynced = true;
    });
  }

  close(): void {
    this.#database.close();
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #use<T>(action: () => T): T {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return action();
    } catch (cause) {
      const error = journalUnusable(this.#file, cause);
      if (this.#inTransaction) this.#failure = error;
      throw error;
    }
  }
}

function syncFile(path: string, flags: string): void {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
