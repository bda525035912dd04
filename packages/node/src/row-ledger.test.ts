import type { Row } from "@worker-watchdog/sdk";
import { describe, expect, it } from "vitest";
import { RowLedger } from "./row-ledger.ts";

const claim: Row = { metric: "claimStartedAt", attributes: { "job.id": "1" }, value: 100, changedAtMillis: 0 };
const lease: Row = { metric: "claimLeaseExpiresAt", attributes: { "job.id": "1" }, value: 900, changedAtMillis: 0 };

describe("RowLedger", () => {
  it("has every row due until it is acknowledged", () => {
    const ledger = new RowLedger(60_000);
    expect(ledger.due([claim, lease], 0)).toEqual([claim, lease]);
    expect(ledger.due([claim, lease], 1)).toEqual([claim, lease]);
    ledger.acknowledge([claim], [claim, lease], 1);
    expect(ledger.due([claim, lease], 2)).toEqual([lease]);
    expect(ledger.changed([claim, lease])).toEqual([lease]);
  });

  it.each([
    { atMillis: 60_999, due: 0 },
    { atMillis: 61_000, due: 1 },
  ])("has $due unchanged rows due at $atMillis ms", ({ atMillis, due }) => {
    const ledger = new RowLedger(60_000);
    ledger.acknowledge([claim], [claim], 1000);
    expect(ledger.due([claim], atMillis)).toHaveLength(due);
    expect(ledger.changed([claim])).toEqual([]);
  });

  it("has a row due that changed after it was sent", () => {
    const ledger = new RowLedger(60_000);
    const renewed = { ...lease, value: 1800 };
    ledger.acknowledge([lease], [renewed], 0);
    expect(ledger.due([renewed], 1)).toEqual([renewed]);
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
    expect(ledger.changed([claim, lease])).toEqual([claim]);
  });
});
