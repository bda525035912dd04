/** One connection to a journal's file: statements prepared when they are first used, transactions that nest, one kind of error. */
import { closeSync, existsSync, fsyncSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { WatchdogError } from "@worker-watchdog/sdk";
import { journalTrouble, journalUnusable } from "./journal-unusable.ts";
import { openFile, problemsOf } from "./open-file.ts";
import { untilUnlocked } from "./until-unlocked.ts";

/** How often it is looked at whether the file is still there; always for what has to be on the disk. */
const FILE_CHECK_MILLIS = 250;

/** A row as SQLite gives it. */
export type StoredRow = Readonly<Record<string, unknown>>;

/** A connection. Every method throws `WatchdogError` `journal_unusable` where the file can not be read or written. */
export class Connection {
  readonly #file: string;
  readonly #lockTimeoutMillis: number;
  readonly #database: DatabaseSync;
  readonly #identity: string;
  readonly #statements = new Map<string, StatementSync>();
  #waitMillis: number;
  #inTransaction = false;
  /** The first failure of the open transaction: SQLite may have rolled it back, and what follows must not be kept either. */
  #failure: WatchdogError | undefined;
  #syncAtCommit = false;
  #isFolderSynced = false;
  #isClosed = false;
  #checkedAt = 0;

  constructor(file: string, lockTimeoutMillis: number) {
    this.#file = file;
    this.#lockTimeoutMillis = lockTimeoutMillis;
    this.#waitMillis = lockTimeoutMillis;
    this.#database = openFile(file, lockTimeoutMillis);
    this.#identity = identityOf(file);
  }

  /** Whether a transaction is open. */
  get inTransaction(): boolean {
    return this.#inTransaction;
  }

  /** Runs a statement that writes. */
  run(sql: string, ...values: readonly SQLInputValue[]): { readonly changes: number; readonly lastRow: number } {
    const { changes, lastInsertRowid } = this.#use(() => {
      this.#checkFile(FILE_CHECK_MILLIS);
      return this.#statement(sql).run(...values);
    });
    return { changes: Number(changes), lastRow: Number(lastInsertRowid) };
  }

  /** The first row. */
  get(sql: string, ...values: readonly SQLInputValue[]): StoredRow | undefined {
    return this.#use(() => this.#statement(sql).get(...values));
  }

  /** All rows. */
  all(sql: string, ...values: readonly SQLInputValue[]): readonly StoredRow[] {
    return this.#use(() => this.#statement(sql).all(...values));
  }

  /** Runs statements outside of any transaction. */
  exec(sql: string): void {
    this.#use(() => this.#database.exec(sql));
  }

  /** Runs `action` alone among all processes; all of its writes are kept, or none. */
  transaction<T>(action: () => T): T {
    if (this.#inTransaction) return action();
    this.#use(() => {
      this.#checkFile(FILE_CHECK_MILLIS);
      this.#statement("BEGIN IMMEDIATE").run();
    });
    this.#inTransaction = true;
    let result: T;
    try {
      result = action();
      this.#use(() => this.#statement("COMMIT").run());
    } catch (error) {
      this.#rollBack();
      this.#syncAtCommit = false;
      throw error;
    } finally {
      this.#inTransaction = false;
      this.#failure = undefined;
    }
    if (this.#syncAtCommit) this.sync();
    return result;
  }

  /** Puts everything committed on the disk: now, or as soon as the open transaction is committed. */
  sync(): void {
    this.#syncAtCommit = this.#inTransaction;
    this.#use(() => {
      this.#checkFile(0);
      if (this.#inTransaction) return;
      // SQLite itself would sync every commit or none; here only some have to be. It holds no lock on this file that closing it could drop.
      syncFile(`${this.#file}-wal`, "r+");
      if (!this.#isFolderSynced && process.platform !== "win32") syncFile(dirname(this.#file), "r");
      this.#isFolderSynced = true;
    });
  }

  /** Runs `action` so that it gives up at once where another process is writing. */
  withoutWaiting<T>(action: () => T): T {
    this.#waitAtMost(0);
    try {
      return action();
    } finally {
      this.#waitAtMost(this.#lockTimeoutMillis);
    }
  }

  /** What is wrong with the file, in SQLite's words; nothing where it is sound. */
  problems(limit: number): readonly string[] {
    return this.#use(() => {
      this.#checkFile(0);
      return problemsOf(this.#database, limit);
    });
  }

  /** Closes the file; harmless where it is closed. */
  close(): void {
    if (!this.#isClosed) this.#database.close();
    this.#isClosed = true;
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
    if (this.#isClosed) throw journalTrouble(this.#file, "closed", "it was closed");
    try {
      return this.#inTransaction ? action() : untilUnlocked(this.#file, this.#waitMillis, action);
    } catch (cause) {
      const error = journalUnusable(this.#file, cause);
      if (this.#inTransaction) this.#failure = error;
      throw error;
    }
  }

  #waitAtMost(millis: number): void {
    this.#waitMillis = millis;
    this.#use(() => this.#database.exec(`PRAGMA busy_timeout = ${millis}`));
  }

  #rollBack(): void {
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // A full disk or a failed write has rolled it back already.
    }
  }

  /** A file that was moved aside, or whose -wal was removed, would take writes that nobody ever reads. */
  #checkFile(atMostEveryMillis: number): void {
    const now = performance.now();
    if (now - this.#checkedAt < atMostEveryMillis) return;
    this.#checkedAt = now;
    if (identityOf(this.#file) !== this.#identity || !existsSync(`${this.#file}-wal`))
      throw journalTrouble(this.#file, "replaced", "the file that was opened, or its -wal file, is no longer there");
  }
}

function identityOf(file: string): string {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return `${found?.dev}/${found?.ino}`;
}

function syncFile(path: string, flags: string): void {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
