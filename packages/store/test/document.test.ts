/** What docs/concepts/journal.md says to type works on a journal. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { workerScope } from "@worker-watchdog/sdk";
import { EVENTS } from "@worker-watchdog/sdk/semconv";
import { type FileJournal, openJournal } from "@worker-watchdog/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const page = readFileSync(join(import.meta.dirname, "../../../docs/concepts/journal.md"), "utf8");
const queries = [...page.matchAll(/^(\S[^\n]*):\n\n```sql\n(.*?)^```$/gms)].map(([, what = "", sql = ""]) => ({
  what,
  sql,
}));
const hasShell = spawnSync("sqlite3", ["-version"]).status === 0;

let folder: string;
let journal: FileJournal;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
  journal = openJournal({ file: join(folder, "journal.db") });
  const common = { atMillis: Date.now(), workerPool: "p", workerId: "w1", jobId: "J1", traceId: "t" };
  const run = (id: string, status: string): void =>
    void journal.append({
      ...common,
      kind: "worker_run",
      id,
      data: { phase: "build", status, error_code: "http_500" },
    });
  journal.append({ ...common, kind: "worker_watchdog_event", id: "e1", name: EVENTS.jobClaimed, data: {} });
  for (const status of ["started", "failed"]) run("r1", status);
  run("r2", "started");
  journal.append(
    { ...common, kind: "worker_watchdog_event", id: "c1", name: EVENTS.runCancelled, data: {} },
    { once: "run/R" },
  );
  journal.set(workerScope({ pool: "p", id: "w1" }), "no_job_streak", 2);
});
afterAll(() => {
  journal.close();
  rmSync(folder, { recursive: true });
});

/** How many rows each gives of what was written above. */
const ROWS: Readonly<Record<string, number>> = {
  "What happened to one job, in order": 5,
  "The events of the last hour": 2,
  "Phases that failed, by phase and reason": 1,
  "Phases that were begun and never ended (their process was killed, or is in them now)": 1,
  "Runs that were cancelled": 1,
  "How many empty claims each worker has had in a row": 1,
};

describe("docs/concepts/journal.md", () => {
  it("has the queries that are tried here", () => {
    expect(queries.map(({ what }) => what)).toEqual(Object.keys(ROWS));
  });

  it.each(queries)("$what, while a worker has it open", ({ what, sql }) => {
    const database = new DatabaseSync(journal.path, { readOnly: true });
    expect(database.prepare(sql).all()).toHaveLength(ROWS[what] ?? -1);
    database.close();
    // The command is the system's, where it has one; the statement is the same.
    if (!hasShell) return;
    const printed = execFileSync("sqlite3", ["-readonly", "-list", "-noheader", journal.path, sql], {
      encoding: "utf8",
    });
    expect(printed.trim().split("\n")).toHaveLength(ROWS[what] ?? -1);
  });

  it("a copy is a journal", () => {
    const database = new DatabaseSync(journal.path);
    const copy = join(folder, "copy.db");
    database.exec(`VACUUM INTO '${copy}'`);
    database.close();
    const copied = openJournal({ file: copy });
    expect(copied.records()).toEqual(journal.records());
    copied.close();
  });
});
