import { describe, expect, it } from "vitest";
import { memoryJournal } from "../journal/memory-journal.ts";
import { exportStamp } from "./export-stamp.ts";

const worker = { pool: "reports", id: "worker-1" };

describe("exportStamp", () => {
  it("gives each millisecond once, over all processes of a worker", () => {
    const journal = memoryJournal();
    let nowMillis = 1000;
    const [one, other] = [0, 1].map(() => exportStamp(journal, worker, () => nowMillis));
    expect([one?.(), other?.(), one?.()]).toEqual([1000, 1001, 1002]);
    nowMillis = 1001;
    expect(other?.()).toBe(1003);
    nowMillis = 1004;
    expect([one?.(), exportStamp(journal, { ...worker, id: "worker-2" }, () => nowMillis)()]).toEqual([1004, 1004]);
  });

  it.each([
    { storedMillis: 10_999, expected: 11_000 },
    { storedMillis: 11_000, expected: 1000 },
  ])("follows a clock that was set back by more than 10 s ($storedMillis)", ({ storedMillis, expected }) => {
    const journal = memoryJournal();
    exportStamp(journal, worker, () => storedMillis)();
    expect(exportStamp(journal, worker, () => 1000)()).toBe(expected);
  });

  it("is the plain clock where the journal fails, or holds something else", () => {
    const journal = memoryJournal();
    exportStamp(journal, worker, () => 1000)();
    journal.set("worker/reports/worker-1", "export_stamp", "soon");
    expect(exportStamp(journal, worker, () => 1000)()).toBe(1000);
    const broken = {
      ...journal,
      transaction: () => {
        throw new Error("locked");
      },
    };
    expect(exportStamp(broken, worker, () => 7)()).toBe(7);
  });
});
