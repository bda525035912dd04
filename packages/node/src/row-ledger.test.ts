import type { Row } from "@worker-watchdog/sdk/rows";
import { describe, expect, it } from "vitest";
import { RowLedger, UNDELIVERED_BOUNDS } from "./row-ledger.ts";

const claim: Row = { metric: "claimStartedAt", attributes: { "job.id": "1" }, value: 100, changedAtMillis: 0 };
const lease: Row = { metric: "claimLeaseExpiresAt", attributes: { "job.id": "1" }, value: 900, changedAtMillis: 0 };

describe("RowLedger", () => {
  it("has every row due until it is acknowledged", () => {
    const ledger = new RowLedger(60_000);
    expect(ledger.due([claim, lease], 0)).toEqual([claim, lease]);
    expect(ledger.due([claim, lease], 1)).toEqual([claim, lease]);
    ledger.acknowledge([claim], [claim, lease], 1);
    expect(ledger.due([claim, lease], 2)).toEqual([lease]);
    expect(ledger.changed([claim, lease], 2)).toEqual([lease]);
  });

  it.each([
    { atMillis: 60_999, due: 0 },
    { atMillis: 61_000, due: 1 },
  ])("has $due unchanged rows due at $atMillis ms", ({ atMillis, due }) => {
    const ledger = new RowLedger(60_000);
    ledger.acknowledge([claim], [claim], 1000);
    expect(ledger.due([claim], atMillis)).toHaveLength(due);
    expect(ledger.changed([claim], atMillis)).toEqual([]);
  });

  it("has a row due that changed after it was sent", () => {
    const ledger = new RowLedger(60_000);
    const renewed = { ...lease, value: 1800 };
    ledger.acknowledge([lease], [renewed], 0);
    expect(ledger.due([renewed], 1)).toEqual([renewed]);
  });

  it("has a row due that changed while its refresh was under way", () => {
    const ledger = new RowLedger(1000);
    const streak = { ...claim, metric: "noJobStreak" as const, value: 2 };
    ledger.acknowledge([streak], [streak], 0);
    const sent = ledger.due([streak], 1000);
    streak.value = 3;
    ledger.acknowledge(sent, [streak], 1001);
    expect(ledger.due([streak], 1002)).toEqual([{ ...streak, value: 3 }]);
  });

  it("has nothing due where a value came back to the delivered one meanwhile", () => {
    const ledger = new RowLedger(60_000);
    const streak = { ...claim, metric: "noJobStreak" as const, value: 0 };
    ledger.acknowledge([streak], [streak], 0);
    expect(ledger.due([{ ...streak, value: 1 }], 1)).toHaveLength(1);
    expect(ledger.due([streak], 2)).toEqual([]);
  });

  it("tells attempts apart by every attribute", () => {
    const ledger = new RowLedger(60_000);
    const other = { ...claim, attributes: { "job.id": "2" } };
    ledger.acknowledge([claim], [claim, other], 0);
    expect(ledger.due([claim, other], 1)).toEqual([other]);
  });

  it("forgets rows that are over, so that it does not grow with the jobs ever done", () => {
    const ledger = new RowLedger(60_000);
    ledger.acknowledge([claim, lease], [claim, lease], 0);
    ledger.acknowledge([], [lease], 1);
    expect(ledger.changed([claim, lease], 2)).toEqual([claim]);
  });

  it("keeps a row due that outlived its use before it was delivered, such as a settlement during an outage", () => {
    const ledger = new RowLedger(60_000);
    ledger.acknowledge([claim], [claim], 0);
    const settled: Row = { ...claim, metric: "claimSettledAt", value: 500 };
    expect(ledger.due([claim, settled], 1)).toEqual([settled]);
    expect(ledger.due([], 500_000)).toEqual([settled]);
    ledger.acknowledge([settled], [], 500_001);
    expect(ledger.due([], 500_002)).toEqual([]);
  });

  it.each([
    { ageMillis: UNDELIVERED_BOUNDS.maxAgeMillis - 1, due: 1 },
    { ageMillis: UNDELIVERED_BOUNDS.maxAgeMillis, due: 0 },
  ])("has $due undelivered rows due after $ageMillis ms", ({ ageMillis, due }) => {
    const ledger = new RowLedger(60_000);
    ledger.due([claim], 1000);
    expect(ledger.due([], 1000 + ageMillis)).toHaveLength(due);
  });

  it("keeps at most so many undelivered rows, the newest", () => {
    const ledger = new RowLedger(60_000);
    for (let job = 0; job < UNDELIVERED_BOUNDS.maxRows + 2; job += 1)
      ledger.due([{ ...claim, attributes: { "job.id": String(job) } }], job);
    const due = ledger.due([], 5000);
    expect(due).toHaveLength(UNDELIVERED_BOUNDS.maxRows);
    expect(due[0]?.attributes["job.id"]).toBe("2");
  });
});
