/**
 * What a journal costs: each call against the barest SQLite that does the same with the same settings, turn by turn in one run, so that a busy
 * machine slows both alike; and what opening costs a process that does one thing.
 */
import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { JournalRecord } from "@worker-watchdog/sdk";
import { openJournal } from "@worker-watchdog/store";

const TURNS = 40;
const CALLS_A_TURN = 500;
const ONCE_A_TURN = 10;
/** What a worker's journal holds in some weeks. */
const FILLED = 20_000;
const COLUMNS = "id, kind, name, at_millis, worker_pool, worker_id, job_id, trace_id, once_key, data, stored_millis";
let number = 0;

const folder = mkdtempSync(join(tmpdir(), "journal-bench-"));
try {
  measure();
} finally {
  rmSync(folder, { recursive: true });
}

function measure(): void {
  const journal = openJournal({ file: join(folder, "journal.db") });
  fill(
    (record) => journal.append(record),
    (action) => journal.transaction(action),
  );
  const bare = bareDatabase("bare.db", journal.path);
  const plain = plainTable();
  const state = { lease_expires_at: 1_800_000_000, phase: "build", progress_at: 1_800_000_000, status: "running" };

  const rows = turnByTurn([
    {
      name: "append",
      calls: CALLS_A_TURN,
      journal: () => journal.append(next()),
      bare: () => bare.insert(next(), null),
    },
    {
      name: "append, beside a table without indexes",
      calls: CALLS_A_TURN,
      journal: () => journal.append(next()),
      bare: () => plain(next()),
    },
    {
      name: "append once, with its fsync",
      calls: ONCE_A_TURN,
      journal: () => journal.append(next(), { once: randomUUID() }),
      bare: () => {
        bare.insert(next(), randomUUID());
        bare.sync();
      },
    },
    {
      name: "set",
      calls: CALLS_A_TURN,
      journal: () => journal.set("worker/p/w1", "k", state),
      bare: () => bare.set(state),
    },
    {
      name: "transaction of 3 writes",
      calls: CALLS_A_TURN,
      journal: () =>
        journal.transaction(() => {
          journal.append(next());
          journal.set("worker/p/w1", "a", state);
          journal.set("worker/p/w1", "b", state);
        }),
      bare: () => bare.three(next(), state),
    },
    { name: "get", calls: CALLS_A_TURN, journal: () => journal.get("worker/p/w1", "k"), bare: () => bare.get() },
    {
      name: "newest 10 records of a worker",
      calls: CALLS_A_TURN,
      journal: () => journal.records({ worker: { pool: "p", id: "w1" }, kind: "worker_run", limit: 10 }),
      bare: () => bare.newest(),
    },
  ]);
  console.log(`\nOne call, in microseconds (median of ${TURNS} turns, in a journal of ${FILLED} records)`);
  console.table(rows);
  console.log("\nOpening a journal, in microseconds (median of 40)");
  console.table({
    "open, read one value, close": micros(() => {
      const opened = openJournal({ file: journal.path });
      opened.get("worker/p/w1", "k");
      opened.close();
    }),
    "the same with SQLite alone": micros(() => {
      const database = new DatabaseSync(journal.path);
      database.prepare("SELECT value FROM state WHERE scope = 'worker/p/w1' AND key = 'k'").get();
      database.close();
    }),
  });
  const pruned = openJournal({ file: journal.path, retention: { maxRecords: 1_000 } });
  const steps: number[] = [];
  for (let index = 0; index < 64 * 40; index += 1) {
    const startedAt = performance.now();
    pruned.append(next());
    steps.push((performance.now() - startedAt) * 1_000);
  }
  console.log(
    "\nAppending to a journal that is over its limit, so that each 64th append removes 128 records, in microseconds",
  );
  console.table({ median: quantile(steps, 0.5), "99 of 100": quantile(steps, 0.99), longest: quantile(steps, 1) });
  pruned.close();
  journal.close();
}

function next(): JournalRecord {
  number += 1;
  return {
    kind: "worker_run",
    id: randomUUID(),
    atMillis: 1_800_000_000_000 + number,
    workerPool: "p",
    workerId: `w${number % 5}`,
    jobId: `job-${number >> 4}`,
    // As random as a trace id: where a key lands decides what an index costs.
    traceId: ((number >> 4) * 2_654_435_761).toString(16).padStart(32, "0"),
    data: { phase: "build", status: "ok", error_code: null, started: 1_800_000_000, ended: 1_800_000_002 },
  };
}

function fill(append: (record: JournalRecord) => unknown, transaction: (action: () => void) => void): void {
  transaction(() => {
    for (let index = 0; index < FILLED; index += 1) append(next());
  });
}

function values(record: JournalRecord, once: string | null): (string | number | null)[] {
  const { id, kind, atMillis, workerPool, workerId, jobId = null, traceId = null, data } = record;
  const text = JSON.stringify(data);
  return [id, kind, null, atMillis, workerPool, workerId, jobId, traceId, once, text, Date.now()];
}

/** The same tables and indexes, without the journal. */
function bareDatabase(name: string, like: string) {
  const path = join(folder, name);
  const model = new DatabaseSync(like);
  const schema = model.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").all();
  model.close();
  const database = new DatabaseSync(path);
  database.exec(
    "PRAGMA page_size = 2048; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 2000",
  );
  database.exec(schema.map(({ sql }) => String(sql)).join(";"));
  const insert = database.prepare(`INSERT INTO record (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const set = database.prepare(
    "INSERT INTO state (scope, key, value, set_millis) VALUES ('worker/p/w1', ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value, set_millis = excluded.set_millis",
  );
  const get = database.prepare("SELECT value FROM state WHERE scope = ? AND key = ?");
  const newest = database.prepare(
    "SELECT * FROM record WHERE kind = ? AND worker_pool = ? AND worker_id = ? ORDER BY seq DESC LIMIT 10",
  );
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  fill(
    (record) => insert.run(...values(record, null)),
    (action) => {
      begin.run();
      action();
      commit.run();
    },
  );
  return {
    insert: (record: JournalRecord, once: string | null) => insert.run(...values(record, once)),
    sync() {
      const descriptor = openSync(`${path}-wal`, "r+");
      fsyncSync(descriptor);
      closeSync(descriptor);
    },
    set: (value: unknown) => set.run("k", JSON.stringify(value), Date.now()),
    three(record: JournalRecord, value: unknown) {
      begin.run();
      insert.run(...values(record, null));
      set.run("a", JSON.stringify(value), Date.now());
      set.run("b", JSON.stringify(value), Date.now());
      commit.run();
    },
    get: () => JSON.parse(String(get.get("worker/p/w1", "k")?.["value"])),
    newest: () => newest.all("worker_run", "p", "w1").map((row) => JSON.parse(String(row["data"]))),
  };
}

/** The barest table that takes a record. */
function plainTable(): (record: JournalRecord) => unknown {
  const database = new DatabaseSync(join(folder, "plain.db"));
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE record (${COLUMNS});`);
  const insert = database.prepare(`INSERT INTO record (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  return (record) => insert.run(...values(record, null));
}

interface Comparison {
  readonly name: string;
  readonly calls: number;
  readonly journal: () => unknown;
  readonly bare: () => unknown;
}

function turnByTurn(comparisons: readonly Comparison[]): Record<string, Record<string, string>> {
  const rows: Record<string, Record<string, string>> = {};
  for (const { name, calls, journal, bare } of comparisons) {
    const millis = { journal: [] as number[], bare: [] as number[] };
    for (let turn = -5; turn < TURNS; turn += 1) {
      const ways = [["journal", journal] as const, ["bare", bare] as const];
      // Each is first as often as the other.
      for (const [way, call] of turn % 2 === 0 ? ways : ways.reverse()) {
        const startedAt = performance.now();
        for (let index = 0; index < calls; index += 1) call();
        if (turn >= 0) millis[way].push((performance.now() - startedAt) / calls);
      }
    }
    // Of each turn's own, so that what else the machine does counts for both.
    const ratios = millis.journal.map((ours, turn) => ours / (millis.bare[turn] ?? Number.NaN));
    rows[name] = {
      journal: (quantile(millis.journal, 0.5) * 1_000).toFixed(1),
      "bare SQLite": (quantile(millis.bare, 0.5) * 1_000).toFixed(1),
      ratio: quantile(ratios, 0.5).toFixed(2),
    };
  }
  return rows;
}

function micros(action: () => void): number {
  const taken: number[] = [];
  for (let run = -5; run < 40; run += 1) {
    const startedAt = performance.now();
    action();
    if (run >= 0) taken.push((performance.now() - startedAt) * 1_000);
  }
  return Math.round(quantile(taken, 0.5));
}

function quantile(of: readonly number[], q: number): number {
  const sorted = [...of].sort((a, b) => a - b);
  return Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN).toPrecision(3));
}
