import { describe, expect, it } from "vitest";
import { RowTable } from "./row-table.ts";

const attributes = { "worker.id": "w1", "job.id": "J1" };
const kept = { dropAtMillis: Number.POSITIVE_INFINITY };

function table(): { rows: RowTable; at: (millis: number) => void } {
  let now = 1_000;
  return {
    rows: new RowTable(() => now),
    at: (millis) => {
      now = millis;
    },
  };
}

describe("RowTable", () => {
  it("keeps the larger value and says when it changed", () => {
    const { rows, at } = table();
    rows.set("claimLeaseExpiresAt", attributes, 100, kept);
    at(2_000);
    rows.set("claimLeaseExpiresAt", attributes, 90, kept);
    expect(rows.rows(2_000)).toMatchObject([{ value: 100, changedAtMillis: 1_000 }]);
    rows.set("claimLeaseExpiresAt", attributes, 110, kept);
    expect(rows.rows(2_000)).toMatchObject([{ value: 110, changedAtMillis: 2_000 }]);
  });

  it("lets a row fall only where that is asked for", () => {
    const { rows } = table();
    rows.set("noJobStreak", attributes, 3, kept);
    rows.set("noJobStreak", attributes, 0, kept, { mayFall: true });
    expect(rows.rows(0)).toMatchObject([{ value: 0 }]);
  });

  it("keeps rows of two attempts apart", () => {
    const { rows } = table();
    rows.set("claimIncidents", { ...attributes, reason: "a" }, 1, kept);
    rows.set("claimIncidents", { ...attributes, reason: "b" }, 1, kept);
    expect(rows.rows(0)).toHaveLength(2);
  });

  it.each([
    [4_999, 1],
    [5_000, 1],
    [5_001, 0],
  ])("at %i ms it has %i rows of an owner that is dropped at 5000", (now, count) => {
    const { rows } = table();
    rows.set("claimStartedAt", attributes, 1, { dropAtMillis: 5_000 });
    expect(rows.rows(now)).toHaveLength(count);
  });

  it("does not grow with the jobs that are done, also where nobody reads it", () => {
    const { rows, at } = table();
    for (let job = 0; job < 10_000; job += 1) {
      at(job * 1_000);
      rows.set("claimStartedAt", { "job.id": `J${job}` }, 1, { dropAtMillis: job * 1_000 + 60_000 });
    }
    // As of the first job, so that this reading drops none.
    expect(rows.rows(0).length).toBeLessThan(1_000);
  });

  it("has a row again that is set after it was dropped", () => {
    const { rows } = table();
    const owner = { dropAtMillis: 5_000 };
    rows.set("claimStartedAt", attributes, 7, owner);
    expect(rows.rows(5_001)).toEqual([]);
    owner.dropAtMillis = 9_000;
    rows.set("claimStartedAt", attributes, 6, owner);
    expect(rows.rows(5_002)).toMatchObject([{ value: 6 }]);
  });

  it("tells listeners of urgent changes alone, and of none that changed nothing", () => {
    const { rows } = table();
    let told = 0;
    const stop = rows.onUrgentChange(() => {
      told += 1;
    });
    rows.set("claimStartedAt", attributes, 1, kept, { urgency: "urgent" });
    rows.set("claimStartedAt", attributes, 1, kept, { urgency: "urgent" });
    rows.set("claimProgressAt", attributes, 1, kept);
    expect(told).toBe(1);
    stop();
    rows.set("claimStartedAt", attributes, 2, kept, { urgency: "urgent" });
    expect(told).toBe(1);
  });
});
