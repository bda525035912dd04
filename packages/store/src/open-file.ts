/** Opens the SQLite file of a journal: made where there is none, looked at before it is trusted, brought to this release's schema. */
import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { createFile, removeAbandoned } from "./create-file.ts";
import { fileSystemOf } from "./file-system.ts";
import { journalTrouble } from "./journal-unusable.ts";
import { migrate, schemaVersion } from "./migrate.ts";
import { newDatabase } from "./new-database.ts";
import { SCHEMA_VERSION } from "./schema.ts";
import { untilUnlocked } from "./until-unlocked.ts";

/** Up to this size a file is checked as a whole whenever it is opened: a millisecond. */
const CHECKED_BYTES = 524_288;
/** How long the -wal grows before it is copied into the file: 4 MB. */
const CHECKPOINT_PAGES = 2_000;
/** What is left of a -wal that had to grow beyond, for a reader that was slow. */
const LOG_BYTES = 16_777_216;
/** Every page size is a multiple of it. */
const LEAST_PAGE_BYTES = 512;

/** The database of `file`, an absolute path. @throws WatchdogError `journal_unusable`. */
export function openFile(file: string, lockTimeoutMillis: number): DatabaseSync {
  return untilUnlocked(file, lockTimeoutMillis, () => {
    const folder = dirname(file);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const fileSystem = fileSystemOf(folder);
    if (fileSystem.isNetwork) throw journalTrouble(file, "network_file_system", `it is on ${fileSystem.name}`);
    const bytes = lookAt(file);
    if (bytes === undefined) createFile(file);
    const database = newDatabase(file);
    try {
      // Readers and one writer side by side; a power cut costs at most the newest records that are not `once`, never the file.
      database.exec(
        `PRAGMA busy_timeout = ${lockTimeoutMillis}; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;`,
      );
      // Before anything is changed: it may be another program's.
      const version = schemaVersion(database, file);
      const mode = database.prepare("PRAGMA journal_mode = WAL").get()?.["journal_mode"];
      if (mode !== "wal") throw journalTrouble(file, "failed", `SQLite has no write-ahead log here, only ${mode}`);
      database.exec(
        `PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA journal_size_limit = ${LOG_BYTES}`,
      );
      if (version !== SCHEMA_VERSION) migrate(database, file);
      const problem = bytes !== undefined && bytes <= CHECKED_BYTES ? problemsOf(database, 1)[0] : undefined;
      if (problem !== undefined) throw journalTrouble(file, "damaged", problem);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** What SQLite finds wrong with the file, in its words; nothing where it is sound. */
export function problemsOf(database: DatabaseSync, limit: number): readonly string[] {
  const rows = database.prepare(`PRAGMA quick_check(${limit})`).all();
  return rows.map((row) => String(row["quick_check"])).filter((problem) => problem !== "ok");
}

/** The file's size; undefined where there is none. SQLite would take some of what is refused here for a new journal, and forget the old one. */
function lookAt(file: string): number | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  if (!found.isFile()) throw journalTrouble(file, "not_a_file", `it is a ${found.isDirectory() ? "folder" : "device"}`);
  // Where it can not be written SQLite opens it all the same, to fail later.
  accessSync(file, constants.R_OK | constants.W_OK);
  if (found.size === 0) throw journalTrouble(file, "damaged", "it is empty, and a journal never is");
  if (found.size % LEAST_PAGE_BYTES !== 0 && !existsSync(`${file}-wal`))
    throw journalTrouble(
      file,
      "damaged",
      `its ${found.size} bytes are no whole number of pages: it was cut off, or is none`,
    );
  if (isWithoutLog(file)) throw journalTrouble(file, "damaged", "its -wal file, with the newest writes, was removed");
  // Its maker was killed between linking it and removing the draft.
  if (found.nlink > 1) removeAbandoned(file);
  return found.size;
}

/** Only somebody's removal leaves a -shm without a -wal: SQLite makes the -wal first, and removes it last. */
function isWithoutLog(file: string): boolean {
  const has = (suffix: string): boolean => existsSync(`${file}${suffix}`);
  // Looked at twice: another process may be opening or closing it just now.
  return !has("-wal") && has("-shm") && !has("-wal") && has("-shm");
}
