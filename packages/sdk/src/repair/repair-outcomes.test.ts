import { expect, it } from "vitest";
import { memoryJournal } from "../journal/memory-journal.ts";
import type { RepairResult } from "../semconv/index.ts";
import { countRepair, repairHistory } from "./repair-outcomes.ts";

const repair = { stuckClass: "transport", action: "retouch_worker" } as const;

it("R6.3: each class keeps its repairs and outcomes, per pool", () => {
  const journal = memoryJournal();
  for (const result of ["success", "failed", "success", "success", "needs_human"] satisfies RepairResult[])
    countRepair(journal, "p", { ...repair, result });
  countRepair(journal, "p", { stuckClass: "lease_expiry", action: "write_progress", result: "failed" });
  countRepair(journal, "other", { ...repair, result: "success" });
  countRepair(journal, "p", { ...repair, action: "read_job_state", result: "success" });
  expect(repairHistory(journal, "p", "transport")).toEqual([
    { action: "read_job_state", tried: 1, worked: 1 },
    { action: "retouch_worker", tried: 4, worked: 3 },
  ]);
  expect(repairHistory(journal, "p", "lease_expiry")).toEqual([{ action: "write_progress", tried: 1, worked: 0 }]);
  expect(repairHistory(journal, "p", "unknown")).toEqual([]);
});

it.each([
  "text",
  null,
  [1],
  { transport: "x" },
  { transport: { retouch_worker: { tried: -1, worked: 2 } } },
  { transport: { retouch_worker: { tried: 1.5 } } },
])("what is stored as %j counts as nothing, and is counted on from there", (stored) => {
  const journal = memoryJournal();
  journal.set("pool/p", "repair_outcomes", stored);
  expect(repairHistory(journal, "p", "transport")).toEqual([]);
  countRepair(journal, "p", { ...repair, result: "success" });
  expect(repairHistory(journal, "p", "transport")).toEqual([{ action: "retouch_worker", tried: 1, worked: 1 }]);
});
