/** Brings a file to this release's schema: makes the tables of a new one, and moves what an older one holds. */
import type { DatabaseSync } from "node:sqlite";
import { workerScope } from "@worker-watchdog/sdk";
import { journalTrouble } from "./journal-unusable.ts";
import { APPLICATION_ID, CREATE, SCHEMA_VERSION } from "./schema.ts";

/**
 * Makes or migrates the tables. One process does it; the others wait, and find it done.
 *
 * @throws WatchdogError `journal_unusable` where the file comes from a newer release, or is another program's.
 */
export function migrate(database: DatabaseSync, file: string): void {
  let version = SCHEMA_VERSION;
  database.exec("BEGIN IMMEDIATE");
  try {
    version = schemaVersion(database, file);
    if (version < SCHEMA_VERSION) database.exec(CREATE);
    if (version === 1) moveVersion1(database);
    database.exec("COMMIT");
  } catch (error) {
    rollBack(database);
    throw error;
  }
  if (version < SCHEMA_VERSION) makeShrinkable(database);
}

/** The schema version of the file; 0 for one that holds nothing. @throws WatchdogError `journal_unusable`. */
export function schemaVersion(database: DatabaseSync, file: string): number {
  const pragma = (name: string): number => Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
  const version = pragma("user_version");
  if (pragma("application_id") === APPLICATION_ID) {
    if (version === SCHEMA_VERSION) return version;
    throw journalTrouble(
      file,
      "newer_schema",
      `it has schema version ${version}, and this release knows ${SCHEMA_VERSION}`,
    );
  }
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
  const names = tables.map(({ name }) => name).join(", ");
  if (names === "" && version === 0) return 0;
  if (names === "event, no_job_streak" && version === 1) return 1;
  throw journalTrouble(file, "not_a_journal", `it is another program's SQLite file, with tables ${names || "none"}`);
}

/** Version 1 held events and the count of empty claims, and had no mark of its own. */
function moveVersion1(database: DatabaseSync): void {
  database.exec(`
    INSERT INTO record (seq, id, kind, name, at_millis, worker_pool, worker_id, job_id, trace_id, data, stored_millis)
      SELECT id, 'v1-' || id, 'worker_watchdog_event', name, at_millis, worker_pool, worker_id, job_id, trace_id, data, ${Date.now()}
      FROM event;
    DROP TABLE event;
  `);
  const set = database.prepare("INSERT INTO state (scope, key, value, set_millis) VALUES (?, 'no_job_streak', ?, ?)");
  for (const row of database.prepare("SELECT worker_pool, worker_id, streak FROM no_job_streak").all()) {
    const scope = workerScope({ pool: String(row["worker_pool"]), id: String(row["worker_id"]) });
    set.run(scope, JSON.stringify(row["streak"]), Date.now());
  }
  database.exec("DROP TABLE no_job_streak");
}

/** Version 1 could not give space back, and only createFile can say so from the start. Not needed for anything to work: where another process has it open, it stays as it is. */
function makeShrinkable(database: DatabaseSync): void {
  try {
    database.exec("PRAGMA auto_vacuum = INCREMENTAL; VACUUM");
  } catch {
    // Free pages are used again all the same.
  }
}

function rollBack(database: DatabaseSync): void {
  try {
    database.exec("ROLLBACK");
  } catch {
    // A full disk or a failed write has rolled it back already.
  }
}
