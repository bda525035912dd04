/** A journal in one SQLite file, for the processes of one machine (R9.4): append-only, and readable by a restarted worker. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Journal, type JournalEvent, type JsonValue, WatchdogError } from "@worker-watchdog/sdk";

/** Raised with each change of the tables; a file of a newer one is refused. */
const SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    at_millis INTEGER NOT NULL,
    name TEXT NOT NULL,
    worker_pool TEXT NOT NULL,
    worker_id TEXT NOT NULL,
    job_id TEXT,
    trace_id TEXT,
    data TEXT NOT NULL
  ) STRICT;
  CREATE INDEX event_by_job ON event (job_id) WHERE job_id IS NOT NULL;
  CREATE TABLE no_job_streak (
    worker_pool TEXT NOT NULL,
    worker_id TEXT NOT NULL,
    streak INTEGER NOT NULL,
    PRIMARY KEY (worker_pool, worker_id)
  ) STRICT, WITHOUT ROWID;
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** A journal in a file. */
export interface FileJournal extends Journal {
  /** The events of one job, or the newest of all, oldest first. At most `limit`. Default: 100. */
  events(query?: { readonly jobId?: string | undefined; readonly limit?: number | undefined }): readonly JournalEvent[];
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
  const database = open(options);
  const insert = database.prepare(
    "INSERT INTO event (at_millis, name, worker_pool, worker_id, job_id, trace_id, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const selectAll = database.prepare("SELECT * FROM (SELECT * FROM event ORDER BY id DESC LIMIT ?) ORDER BY id");
  const selectJob = database.prepare(
    "SELECT * FROM (SELECT * FROM event WHERE job_id = ? ORDER BY id DESC LIMIT ?) ORDER BY id",
  );
  const readStreak = database.prepare("SELECT streak FROM no_job_streak WHERE worker_pool = ? AND worker_id = ?");
  const writeStreak = database.prepare(
    "INSERT INTO no_job_streak VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET streak = excluded.streak",
  );
  const use = <T>(action: () => T): T => {
    try {
      return action();
    } catch (cause) {
      throw unusable(options.file, cause);
    }
  };
  return {
    append: (event) =>
      void use(() =>
        insert.run(
          Math.round(event.atMillis),
          event.name,
          event.workerPool,
          event.workerId,
          event.jobId ?? null,
          event.traceId ?? null,
          JSON.stringify(event.data ?? {}),
        ),
      ),
    noJobStreak: (worker) => use(() => Number(readStreak.get(worker.pool, worker.id)?.["streak"] ?? 0)),
    setNoJobStreak: (worker, streak) => void use(() => writeStreak.run(worker.pool, worker.id, streak)),
    events: ({ jobId, limit = 100 } = {}) =>
      use(() => (jobId === undefined ? selectAll.all(limit) : selectJob.all(jobId, limit)).map(toEvent)),
    close: () => database.close(),
  };
}

function open(options: JournalFile): DatabaseSync {
  const { file, lockTimeoutMillis = 2_000 } = options;
  let database: DatabaseSync | undefined;
  try {
    if (file !== ":memory:") mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    database = new DatabaseSync(file, { timeout: lockTimeoutMillis });
    // Readers and one writer side by side; a power cut costs at most the newest events, never the file.
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    migrate(database);
    return database;
  } catch (cause) {
    database?.close();
    throw unusable(file, cause);
  }
}

function migrate(database: DatabaseSync): void {
  // One process makes the tables; the others wait, and find them made.
  database.exec("BEGIN IMMEDIATE");
  try {
    const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (version > SCHEMA_VERSION)
      throw new Error(`it has schema version ${version}, and this release knows ${SCHEMA_VERSION}`);
    if (version === 0) database.exec(SCHEMA);
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

function toEvent(row: Readonly<Record<string, unknown>>): JournalEvent {
  const text = (key: string): string | undefined => (typeof row[key] === "string" ? row[key] : undefined);
  return {
    name: text("name") as JournalEvent["name"],
    atMillis: Number(row["at_millis"]),
    workerPool: text("worker_pool") ?? "",
    workerId: text("worker_id") ?? "",
    jobId: text("job_id"),
    traceId: text("trace_id"),
    data: parsed(text("data")),
  };
}

function parsed(text: string | undefined): Readonly<Record<string, JsonValue>> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, JsonValue>)
      : {};
  } catch {
    return {};
  }
}

function unusable(file: string, cause: unknown): WatchdogError {
  if (WatchdogError.isInstance(cause)) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new WatchdogError(
    "journal_unusable",
    `The journal ${file} can not be used: ${why}. Allowed: a file on a local disk that this process may write and that this release made. ` +
      "Mend its permissions, or move it aside to start a new one.",
    { cause },
  );
}
