/** One row in a SQLite file, written with nothing round it: what a phase with a journal is compared with. */
import { DatabaseSync } from "node:sqlite";

/** Makes the function that inserts one row of what a record holds, with the journal's settings and without its indexes. */
export function bareInsert(file: string): () => void {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
  database.exec(
    "CREATE TABLE record (seq INTEGER PRIMARY KEY, id TEXT, kind TEXT, at_millis INTEGER, job_id TEXT, data TEXT) STRICT",
  );
  const insert = database.prepare("INSERT INTO record (id, kind, at_millis, job_id, data) VALUES (?, ?, ?, ?, ?)");
  return () => {
    const at = Date.now();
    const data = JSON.stringify({
      phase: "build",
      status: "ok",
      error_code: null,
      started: at / 1_000,
      ended: at / 1_000,
    });
    insert.run(crypto.randomUUID(), "worker_run", at, "job-1", data);
  };
}
