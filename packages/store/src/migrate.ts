/** Brings a file to this release's schema: makes the tables of a new one, and moves what an older one holds. */
import type { DatabaseSync } from "node:sqlite";
import { workerScope } from "@worker-watchdog/sdk";
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from "./schema.ts";

/**
 * Makes or migrates the tables, where that is needed. One process does it; the others wait, and find it done.
 *
 * @throws Error where the file comes from a newer release, or is another program's.
 */
export function migrate(database: DatabaseSync): void {
  if (versionOf(database) === SCHEMA_VERSION) return;
  database.exec("BEGIN IMMEDIATE");
  try {
    const version = versionOf(database);
    if (version < SCHEMA_VERSION) {
      database.exec(SCHEMA);
      if (version === 1) moveVersion1(database);
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
    }
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** The schema version of the file; 0 for one that holds nothing. */
function versionOf(database: DatabaseSync): number {
  const pragma = (name: string): number => Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
  const version = pragma("user_version");
  if (pragma("application_id") === APPLICATION_ID) {
    if (version <= SCHEMA_VERSION) return version;
    throw new Error(`it has schema version ${version}, and this release knows ${SCHEMA_VERSION}`);
  }
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
  const names = tables.map(({ name }) => name).join();
  if (names === "" && version === 0) return 0;
  if (names === "event,no_job_streak" && version === 1) return 1;
  throw new Error(`it is another program's SQLite file (user_version ${version})`);
}

/** Version 1 held events and the count of empty claims, and had no mark of its own. */
function moveVersion1(database: DatabaseSync): void {
  database.exec(`
    INSERT INTO record (seq, id, kind, name, at_millis, worker_pool, worker_id, job_id, trace_id, data)
      SELECT id, 'v1-' || id, 'worker_watchdog_event', name, at_millis, worker_pool, worker_id, job_id, trace_id, data
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
