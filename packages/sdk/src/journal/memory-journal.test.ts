import { describe, expect, it } from "vitest";
import type { JournalRecord } from "./journal.ts";
import { memoryJournal } from "./memory-journal.ts";

const record = (id: string, over: Partial<JournalRecord> = {}): JournalRecord => ({
  kind: "worker_run",
  id,
  atMillis: 1,
  workerPool: "p",
  workerId: "w",
  data: {},
  ...over,
});

describe("memoryJournal", () => {
  it("keeps the newest records, oldest first", () => {
    const journal = memoryJournal({ capacity: 3 });
    for (const id of ["a", "b", "c", "d", "e"]) journal.append(record(id));
    expect(journal.records().map(({ id }) => id)).toEqual(["c", "d", "e"]);
    expect(journal.records({ limit: 2 }).map(({ id }) => id)).toEqual(["d", "e"]);
  });

  it("appends once under a key, whatever the capacity", () => {
    const journal = memoryJournal({ capacity: 1 });
    expect(journal.append(record("first"), { once: "k" }).id).toBe("first");
    journal.append(record("other"));
    expect(journal.append(record("second"), { once: "k" }).id).toBe("first");
    expect(journal.recordOnce("k")?.id).toBe("first");
    expect(journal.recordOnce("none")).toBeUndefined();
  });

  it("finds records by every part of a query", () => {
    const journal = memoryJournal();
    journal.append(record("a", { jobId: "J", traceId: "t" }));
    journal.append(record("b", { workerPool: "q" }));
    journal.append(record("c", { kind: "worker_watchdog_event", name: "worker.stopped" }));
    const ids = (query: Parameters<typeof journal.records>[0]): string[] => journal.records(query).map(({ id }) => id);
    expect(ids({ jobId: "J" })).toEqual(["a"]);
    expect(ids({ traceId: "t" })).toEqual(["a"]);
    expect(ids({ worker: { pool: "q", id: "w" } })).toEqual(["b"]);
    expect(ids({ kind: "worker_run" })).toEqual(["a", "b"]);
    expect(ids({ name: "worker.stopped" })).toEqual(["c"]);
    expect(journal.events.map(({ id }) => id)).toEqual(["c"]);
  });

  it("keeps all of a transaction or none of it, at every fill of the ring", () => {
    for (const filled of [0, 1, 2, 3, 4]) {
      const journal = memoryJournal({ capacity: 3 });
      for (let index = 0; index < filled; index += 1) journal.append(record(`${index}`));
      journal.set("s", "k", 1);
      const before = journal.records();
      expect(() =>
        journal.transaction(() => {
          journal.transaction(() => journal.set("s", "k", 2));
          journal.set("s", "new", true);
          for (const id of ["x", "y", "z", "u"]) journal.append(record(id), { once: id });
          throw new Error("no");
        }),
      ).toThrow("no");
      expect(journal.records()).toEqual(before);
      expect(journal.recordOnce("x")).toBeUndefined();
      expect([journal.get("s", "k"), journal.get("s", "new")]).toEqual([1, undefined]);
    }
  });

  it("names the scopes that hold a key", () => {
    const journal = memoryJournal();
    journal.set("b", "k", 1);
    journal.set("a", "k", null);
    journal.set("c", "other", 1);
    expect(journal.scopes("k")).toEqual(["a", "b"]);
    journal.set("b", "k", undefined);
    expect(journal.scopes("k")).toEqual(["a"]);
    expect(journal.get("a", "k")).toBeNull();
  });
});
