/** One row in a SQLite file, written with nothing round it: what a phase with a journal is compared with. */
import { DatabaseSync } from "node:sqlite";
import { openJournal } from "@worker-watchdog/store";

// What the journal itself sets.
const SETTINGS =
  "PRAGMA page_size = 2048; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 2000;";
const PLAIN_TABLE =
  "CREATE TABLE record (id TEXT, kind TEXT, at_millis INTEGER, worker_pool TEXT, worker_id TEXT, job_id TEXT, trace_id TEXT, data TEXT, stored_millis INTEGER)";

/** Makes the function that inserts one row of what a record holds: into the journal's own table, or into one that has no index. */
export function bareInsert(file: string, table: "journal" | "plain"): () => void {
  if (table === "journal") openJournal({ file }).close();
  const database = new DatabaseSync(file);
  database.exec(SETTINGS);
  if (table === "plain") database.exec(PLAIN_TABLE);
  const insert = database.prepare(
    "INSERT INTO record (id, kind, at_millis, worker_pool, worker_id, job_id, trace_id, data, stored_millis) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const origin = crypto.randomUUID();
  const trace = origin.replaceAll("-", "");
  let count = 0;
  return () => {
    count += 1;
    const at = Date.now();
    const data = { phase: "build", status: "ok", error_code: null, started: at / 1_000, ended: at / 1_000 };
    const text = JSON.stringify(data);
    insert.run(`${origin}-${count}`, "worker_run", at, "bench", "bench-1", "job-1", trace, text, at);
  };
}
