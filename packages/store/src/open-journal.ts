/** A journal in one SQLite file, for the processes of one machine (R9.1, R9.4): append-only, and readable by a restarted worker. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Journal } from "@worker-watchdog/sdk";
import { Connection } from "./connection.ts";
import { journalUnusable } from "./journal-unusable.ts";
import { migrate } from "./migrate.ts";
import { recordQuery } from "./record-query.ts";
import { INSERT_RECORD, RECORD_COLUMNS, recordFromRow, recordValues } from "./record-row.ts";
import { storedValue } from "./stored-json.ts";

/** A journal in a file. */
export interface FileJournal extends Journal {
  /** Closes the file. */
  close(): void;
}

/** Where a journal is. */
export interface JournalFile {
  /** Path of the file, on a local disk; its folder is made. `:memory:` keeps it in memory. */
  readonly file: string;
  /** How long to wait for another process that is writing, in milliseconds. Default: 2000. */
  readonly lockTimeoutMillis?: number | undefined;
}

/**
 * Opens a journal, and makes it where there is none.
 *
 * @throws WatchdogError `journal_unusable` where the file can not be opened, is no journal, or comes from a newer release.
 */
export function openJournal(options: JournalFile): FileJournal {
  const connection = new Connection(open(options), options.file);
  const recordOnce: Journal["recordOnce"] = (key) => {
    const row = connection.get(`SELECT ${RECORD_COLUMNS} FROM record WHERE once_key = ?`, key);
    return row && recordFromRow(row);
  };
  return {
    isDurable: true,
    append(record, { once } = {}) {
      if (once === undefined) {
        connection.run(INSERT_RECORD, ...recordValues(record, once));
        return record;
      }
      return connection.transaction(() => {
        // Also where it was there already: its writer may not have synced it yet.
        connection.sync();
        const isNew = connection.run(INSERT_RECORD, ...recordValues(record, once)) > 0;
        return isNew ? record : (recordOnce(once) ?? record);
      });
    },
    recordOnce,
    records(query = {}) {
      const { sql, values } = recordQuery(query);
      return connection
        .all(sql, ...values)
        .map(recordFromRow)
        .reverse();
    },
    get: (scope, key) =>
      storedValue(connection.get("SELECT value FROM state WHERE scope = ? AND key = ?", scope, key)?.["value"]),
    set(scope, key, value) {
      if (value === undefined) connection.run("DELETE FROM state WHERE scope = ? AND key = ?", scope, key);
      else
        connection.run(
          `INSERT INTO state (scope, key, value, set_millis) VALUES (?, ?, ?, ?)
          ON CONFLICT DO UPDATE SET value = excluded.value, set_millis = excluded.set_millis`,
          scope,
          key,
          JSON.stringify(value),
          Date.now(),
        );
    },
    scopes: (key) =>
      connection
        .all("SELECT scope FROM state WHERE key = ?", key)
        .map(({ scope }) => String(scope))
        .sort(),
    transaction: (action) => connection.transaction(action),
    close: () => connection.close(),
  };
}

function open(options: JournalFile): DatabaseSync {
  const { file, lockTimeoutMillis = 2_000 } = options;
  let database: DatabaseSync | undefined;
  try {
    if (file !== ":memory:") mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    database = new DatabaseSync(file, { timeout: lockTimeoutMillis });
    // Readers and one writer side by side; a power cut costs at most the newest records that are not `once`, never the file.
    database.exec("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    migrate(database);
    return database;
  } catch (cause) {
    database?.close();
    throw journalUnusable(file, cause);
  }
}
