import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type JournalRecord, workerScope } from "@worker-watchdog/sdk";
import { EVENTS } from "@worker-watchdog/sdk/semconv";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openJournal } from "./open-journal.ts";
import { recordQuery } from "./record-query.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const worker = { pool: "p", id: "w1" };
const event: JournalRecord = {
  kind: "worker_watchdog_event",
  id: "e1",
  name: EVENTS.jobClaimed,
  atMillis: 1_000,
  workerPool: "p",
  workerId: "w1",
  jobId: "J1",
  traceId: "t1",
  data: { lease_expires_at: 5 },
};

describe("openJournal", () => {
  it("R9.1: keeps records and state over a restart", () => {
    const file = join(folder, "deep", "journal.db");
    const first = openJournal({ file });
    expect(first.append(event)).toEqual(event);
    const { jobId: _, ...settled } = { ...event, name: EVENTS.jobSettled, id: "e2" };
    first.append(settled);
    first.set(workerScope(worker), "no_job_streak", 2);
    first.set(workerScope({ pool: "q", id: "w1" }), "no_job_streak", null);
    first.close();
    const second = openJournal({ file });
    expect(second.isDurable).toBe(true);
    expect(second.records({ jobId: "J1" })).toEqual([event]);
    expect(second.records()).toEqual([event, settled]);
    expect(second.records({ limit: 1 })).toEqual([settled]);
    expect(second.records({ limit: 0 })).toEqual([]);
    expect(second.get(workerScope(worker), "no_job_streak")).toBe(2);
    expect(second.get("other", "no_job_streak")).toBeUndefined();
    expect(second.scopes("no_job_streak")).toEqual(["worker/p/w1", "worker/q/w1"]);
    second.set("worker/q/w1", "no_job_streak", undefined);
    expect(second.scopes("no_job_streak")).toEqual(["worker/p/w1"]);
    second.close();
  });

  it("finds records by every part of a query", () => {
    const journal = openJournal({ file: join(folder, "journal.db") });
    journal.append({ ...event, id: "a", kind: "worker_run", name: undefined });
    journal.append({ ...event, id: "b", workerPool: "q", jobId: undefined, traceId: undefined });
    journal.append({ ...event, id: "c", name: EVENTS.jobSettled, jobId: "J2", traceId: "t2" });
    const ids = (query: Parameters<typeof journal.records>[0]): string[] => journal.records(query).map(({ id }) => id);
    expect(ids({ kind: "worker_run" })).toEqual(["a"]);
    expect(ids({ name: EVENTS.jobClaimed })).toEqual(["b"]);
    expect(ids({ worker })).toEqual(["a", "c"]);
    expect(ids({ jobId: "J2" })).toEqual(["c"]);
    expect(ids({ traceId: "t1" })).toEqual(["a"]);
    expect(ids({ worker, kind: "worker_run", jobId: "J2" })).toEqual([]);
    journal.close();
  });

  it.each<readonly [limit: number, count: number]>([
    [Number.POSITIVE_INFINITY, 3],
    [1e300, 3],
    [2.9, 2],
    [0, 0],
    [-1, 0],
  ])("gives at most %d records", (limit, count) => {
    const journal = openJournal({ file: join(folder, "journal.db") });
    for (const id of ["a", "b", "c"]) journal.append({ ...event, id });
    expect(journal.records({ limit })).toHaveLength(count);
    journal.close();
  });

  it("looks for the records of an attempt by their index, and reads no further than it has to", () => {
    const journal = openJournal({ file: join(folder, "journal.db") });
    const database = new DatabaseSync(journal.path);
    const plan = (query: Parameters<typeof recordQuery>[0]): string => {
      const { sql, values } = recordQuery(query);
      const rows = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
      return rows.map(({ detail }) => detail).join("; ");
    };
    const byTrace = "SEARCH record USING INDEX record_by_trace (trace_id=?)";
    expect(plan({ traceId: "t" })).toBe(byTrace);
    expect(plan({ kind: "worker_run", worker, jobId: "J1", traceId: "t" })).toBe(byTrace);
    expect(plan({ kind: "worker_heartbeat", worker })).toBe("SCAN record");
    database.close();
    journal.close();
  });

  it("R7.2: appends once under a key", () => {
    const file = join(folder, "journal.db");
    const journal = openJournal({ file });
    expect(journal.append(event, { once: "k" })).toEqual(event);
    expect(journal.append({ ...event, id: "e2" }, { once: "k" })).toEqual(event);
    expect(journal.recordOnce("k")).toEqual(event);
    expect(journal.recordOnce("other")).toBeUndefined();
    expect(journal.records()).toEqual([event]);
    journal.close();
  });

  it("keeps all of a transaction or none of it; the outermost one counts", () => {
    const journal = openJournal({ file: join(folder, "journal.db") });
    journal.set("s", "k", 1);
    expect(() =>
      journal.transaction(() => {
        journal.transaction(() => journal.set("s", "k", 2));
        journal.append(event, { once: "x" });
        expect(journal.get("s", "k")).toBe(2);
        throw new TypeError("no");
      }),
    ).toThrow(new TypeError("no"));
    expect([journal.get("s", "k"), journal.recordOnce("x"), journal.records()]).toEqual([1, undefined, []]);
    const result = journal.transaction(() => {
      journal.transaction(() => journal.set("s", "k", 3));
      journal.append(event);
      return "done";
    });
    expect([result, journal.get("s", "k"), journal.records()]).toEqual(["done", 3, [event]]);
    journal.close();
  });

  it("keeps what a killed process had appended", () => {
    const file = join(folder, "journal.db");
    const program = `
      import { openJournal } from ${JSON.stringify(new URL("./open-journal.ts", import.meta.url).href)};
      const journal = openJournal({ file: ${JSON.stringify(file)} });
      journal.append(${JSON.stringify(event)});
      process.kill(process.pid, "SIGKILL");`;
    const done = spawnSync(
      process.execPath,
      ["--conditions=@worker-watchdog/source", "--input-type=module", "--eval", program],
      { cwd: import.meta.dirname },
    );
    expect(done.signal).toBe("SIGKILL");
    const journal = openJournal({ file });
    expect(journal.records()).toEqual([event]);
    journal.close();
  });

  it("moves what a file of version 1 holds", () => {
    const file = join(folder, "journal.db");
    const old = new DatabaseSync(file);
    old.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE event (id INTEGER PRIMARY KEY, at_millis INTEGER NOT NULL, name TEXT NOT NULL, worker_pool TEXT NOT NULL,
        worker_id TEXT NOT NULL, job_id TEXT, trace_id TEXT, data TEXT NOT NULL) STRICT;
      CREATE INDEX event_by_job ON event (job_id) WHERE job_id IS NOT NULL;
      CREATE TABLE no_job_streak (worker_pool TEXT NOT NULL, worker_id TEXT NOT NULL, streak INTEGER NOT NULL,
        PRIMARY KEY (worker_pool, worker_id)) STRICT, WITHOUT ROWID;
      INSERT INTO event VALUES (7, 1000, 'job.claimed', 'p', 'w1', 'J1', 't1', '{"lease_expires_at":5}'), (8, 2000, 'x', 'p', 'w1', NULL, NULL, '{');
      INSERT INTO no_job_streak VALUES ('p', 'w1', 2), ('a b', 'c/d', 3);
      PRAGMA user_version = 1;`);
    old.close();
    const journal = openJournal({ file });
    expect(journal.records()).toEqual([
      { ...event, id: "v1-7", name: "job.claimed" },
      {
        kind: "worker_watchdog_event",
        id: "v1-8",
        name: "x",
        atMillis: 2_000,
        workerPool: "p",
        workerId: "w1",
        data: {},
      },
    ]);
    expect(journal.get(workerScope(worker), "no_job_streak")).toBe(2);
    expect(journal.get(workerScope({ pool: "a b", id: "c/d" }), "no_job_streak")).toBe(3);
    // And can give space back, as a new one can.
    const moved = new DatabaseSync(file);
    expect(moved.prepare("PRAGMA auto_vacuum").get()).toEqual({ auto_vacuum: 2 });
    moved.close();
    journal.close();
  });

  it("refuses a change of a record by whoever makes it", () => {
    const file = join(folder, "journal.db");
    const journal = openJournal({ file });
    journal.append(event);
    const database = new DatabaseSync(file);
    expect(() => database.exec("UPDATE record SET data = '{}'")).toThrow("append-only");
    expect(() => database.exec("DELETE FROM record")).toThrow("append-only");
    database.close();
    journal.close();
  });
});
