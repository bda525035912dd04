import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type JournalRecord, jobScope, runScope, workerScope } from "@worker-watchdog/sdk";
import { createPolicy } from "@worker-watchdog/sdk/policy";
import { manualClock } from "@worker-watchdog/sdk/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FileJournal } from "./file-journal.ts";
import { type JournalFile, journalRetention, openJournal } from "./open-journal.ts";

const DAY_MILLIS = 86_400_000;
let folder: string;
let journal: FileJournal;
let clock: ReturnType<typeof manualClock>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
  clock = manualClock();
});
afterEach(() => {
  journal.close();
  rmSync(folder, { recursive: true });
});

const open = (retention: JournalFile["retention"]): FileJournal => {
  journal = openJournal({ file: join(folder, "journal.db"), clock, retention });
  return journal;
};
const record = (id: string, over: Partial<JournalRecord> = {}): JournalRecord => ({
  kind: "worker_run",
  id,
  // The worker's clock is wrong: its age is by the store's own.
  atMillis: 0,
  workerPool: "p",
  workerId: "w",
  data: {},
  ...over,
});
const ids = (): string[] => journal.records({ limit: 100_000 }).map(({ id }) => id);

describe("prune", { timeout: 30_000 }, () => {
  it("removes a record when it is older than maxDays, and not before", () => {
    open({ maxDays: 30 });
    journal.append(record("old"));
    clock.stepWallClock(DAY_MILLIS);
    journal.append(record("young"));
    clock.stepWallClock(29 * DAY_MILLIS);
    expect(journal.prune()).toEqual({ removedRecords: 0, removedScopes: 0, isComplete: true });
    clock.stepWallClock(1);
    expect(journal.prune()).toMatchObject({ removedRecords: 1, isComplete: true });
    expect(ids()).toEqual(["young"]);
    expect(journal.prune(clock.now() + DAY_MILLIS)).toMatchObject({ removedRecords: 1 });
    expect(ids()).toEqual([]);
  });

  it("keeps the newest maxRecords, however young the others are", () => {
    open({ maxRecords: 3 });
    for (const id of ["a", "b", "c", "d", "e"]) journal.append(record(id));
    expect(journal.prune()).toMatchObject({ removedRecords: 2 });
    expect(ids()).toEqual(["c", "d", "e"]);
  });

  it("R7.2: keeps what was appended once for its own time", () => {
    open({ maxDays: 30, maxRecords: 2, onceDays: 400 });
    journal.append(record("before"));
    journal.append(record("cancel"), { once: "run" });
    for (const id of ["a", "b", "c"]) journal.append(record(id));
    journal.prune();
    expect(ids()).toEqual(["cancel", "b", "c"]);
    clock.stepWallClock(400 * DAY_MILLIS);
    journal.prune();
    expect(ids()).toEqual(["cancel"]);
    expect(journal.append(record("again"), { once: "run" }).id).toBe("cancel");
    clock.stepWallClock(1);
    expect(journal.prune()).toMatchObject({ removedRecords: 1 });
    expect(journal.recordOnce("run")).toBeUndefined();
  });

  it("removes the state of workers and jobs that are gone, and a run's only after its own time", () => {
    open({ maxDays: 30, onceDays: 400 });
    const [gone, live] = ["gone", "live"].map((id) => workerScope({ pool: "a/b", id })) as [string, string];
    for (const scope of [gone, live, jobScope("J1"), jobScope("J2"), runScope("R")]) journal.set(scope, "k", 1);
    clock.stepWallClock(30 * DAY_MILLIS + 1);
    journal.set(jobScope("J2"), "other", 1);
    journal.append(record("sign", { workerPool: "a/b", workerId: "live" }));
    expect(journal.prune()).toMatchObject({ removedScopes: 2 });
    expect(journal.scopes("k")).toEqual([jobScope("J2"), runScope("R"), live].sort());
    clock.stepWallClock(371 * DAY_MILLIS);
    journal.append(record("sign", { workerPool: "a/b", workerId: "live" }));
    journal.prune();
    expect(journal.scopes("k")).toEqual([live]);
  });

  it("runs by itself as records are appended, and keeps the file small", () => {
    open({ maxRecords: 500 });
    const append = (count: number): void => {
      for (let index = 0; index < count; index += 1)
        journal.append(record(`${index}`, { data: { text: "x".repeat(500) } }));
    };
    append(2_000);
    const bytes = journal.sizeBytes();
    expect(ids().length).toBeLessThan(500 + 64 + 1);
    append(4_000);
    expect(ids().length).toBeLessThan(500 + 64 + 1);
    expect(journal.sizeBytes()).toBeLessThan(bytes * 1.2);
    expect(journal.check()).toEqual([]);
  });

  it("removes state by itself as records are appended", () => {
    open({ maxDays: 30 });
    journal.set(jobScope("J1"), "k", 1);
    clock.stepWallClock(31 * DAY_MILLIS);
    journal.transaction(() => {
      for (let index = 1; index <= 4_095; index += 1) journal.append(record(`${index}`));
    });
    expect(journal.scopes("k")).toEqual([jobScope("J1")]);
    journal.append(record("due"));
    expect(journal.scopes("k")).toEqual([]);
    expect(ids()).toHaveLength(4_096);
  });

  it("runs by itself over one-shot processes, each of which appends one record", () => {
    const file = join(folder, "journal.db");
    for (let index = 0; index < 200; index += 1) {
      const shot = openJournal({ file, clock, retention: { maxRecords: 10 } });
      if (index % 2 === 0) shot.append(record(`${index}`));
      else shot.transaction(() => shot.append(record(`${index}`)));
      shot.close();
    }
    open({});
    expect(ids().length).toBeLessThan(10 + 64 + 1);
  });

  it("gives space back, a little at a time", () => {
    open({ maxDays: 1 });
    journal.transaction(() => {
      for (let index = 0; index < 5_000; index += 1)
        journal.append(record(`${index}`, { data: { text: "x".repeat(2_000) } }));
    });
    const pages = (): number => {
      const database = new DatabaseSync(journal.path);
      const count = Number(database.prepare("PRAGMA page_count").get()?.["page_count"]);
      database.close();
      return count;
    };
    const before = pages();
    clock.stepWallClock(DAY_MILLIS + 1);
    let calls = 1;
    while (!journal.prune().isComplete) calls += 1;
    expect(calls).toBeGreaterThan(3);
    expect(ids()).toEqual([]);
    for (let call = 0; call < 5; call += 1) journal.prune();
    expect(pages()).toBeLessThan(before / 5);
  });

  it("does not wait where another process is writing, and fails no append for it", () => {
    open({ maxRecords: 10 });
    for (let index = 0; index < 63; index += 1) journal.append(record(`${index}`));
    const other = new DatabaseSync(journal.path);
    const now = clock.now();
    let calls = 0;
    // The time is asked for twice: for the record, and then for the pruning that is due.
    clock.now = () => {
      calls += 1;
      if (calls === 2) other.exec("BEGIN IMMEDIATE");
      return now;
    };
    const startedAt = performance.now();
    journal.append(record("due"));
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(calls).toBe(2);
    expect(ids()).toHaveLength(64);
    other.close();
    for (let index = 0; index < 64; index += 1) journal.append(record(`${index}`));
    expect(ids()).toHaveLength(10);
  });

  it("takes the policy's numbers", () => {
    open({});
    const journalSettings = { retention_days: 7, max_records: 5_000, once_retention_days: 90 };
    expect(journalRetention(createPolicy({ journal: journalSettings }))).toEqual({
      maxDays: 7,
      maxRecords: 5_000,
      onceDays: 90,
    });
  });
});
