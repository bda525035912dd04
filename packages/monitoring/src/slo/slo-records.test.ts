import { createPolicy, defaultPolicy, type PolicyInput } from "@worker-watchdog/sdk/policy";
import { describe, expect, test } from "vitest";
import { rulesPath } from "../paths.ts";
import { ruleFiles } from "../rules/rules-file.ts";
import { sloRecords } from "./slo-records.ts";
import { burns } from "./slo-windows.ts";

const rules = (input: PolicyInput = {}): string => JSON.stringify(ruleFiles(createPolicy(input)).get(rulesPath("slo")));

/** One number changed alone, and what the rules say then. None of it is there by default. */
const CHANGES: readonly (readonly [key: string, input: PolicyInput, texts: readonly string[]])[] = [
  ["artifact_objective_percent", { slo: { artifact_objective_percent: 96 } }, ["slo_errors:ratio1h > 0.576", "/ 0.04"]],
  ["lease_objective_percent", { slo: { lease_objective_percent: 98 } }, ["slo_errors:ratio1h > 0.288", "/ 0.02"]],
  ["period_days", { slo: { period_days: 31 } }, ["count_final[742h]", "ratio1h > 0.744"]],
  ["min_events", { slo: { min_events: 7 } }, ["errors:count1h >= 7", "events:count5m >= 7"]],
  ["late_minutes", { slo: { late_minutes: 90 } }, ["time() - 5400 > time() - 5520", "count_final[4h30m]", "[2h33m]"]],
  ["rule_interval_seconds", { slo: { rule_interval_seconds: 90 } }, ['"interval":"1m30s"', "time() - 7290"]],
  ["page_fast.budget_percent", { slo: { burn: { page_fast: { budget_percent: 2.5 } } } }, ["ratio1h > 0.9"]],
  ["page_fast.long", { slo: { burn: { page_fast: { long_window_minutes: 90 } } } }, ["ratio1h30m > 0.48"]],
  ["page_fast.short", { slo: { burn: { page_fast: { short_window_minutes: 7 } } } }, ["ratio7m <= 0.72"]],
  ["page_slow.budget_percent", { slo: { burn: { page_slow: { budget_percent: 6 } } } }, ["ratio6h > 0.36"]],
  ["page_slow.long", { slo: { burn: { page_slow: { long_window_minutes: 480 } } } }, ["ratio8h > 0.225"]],
  ["page_slow.short", { slo: { burn: { page_slow: { short_window_minutes: 40 } } } }, ["ratio40m <= 0.3"]],
  ["message_fast.budget_percent", { slo: { burn: { message_fast: { budget_percent: 12 } } } }, ["ratio24h > 0.18"]],
  ["message_fast.long", { slo: { burn: { message_fast: { long_window_minutes: 2_880 } } } }, ["ratio48h > 0.075"]],
  ["message_fast.short", { slo: { burn: { message_fast: { short_window_minutes: 180 } } } }, ["ratio3h <= 0.15"]],
  ["message_slow.budget_percent", { slo: { burn: { message_slow: { budget_percent: 12 } } } }, ["ratio72h > 0.06"]],
  ["message_slow.long", { slo: { burn: { message_slow: { long_window_minutes: 5_760 } } } }, ["ratio96h > 0.0375"]],
  ["message_slow.short", { slo: { burn: { message_slow: { short_window_minutes: 420 } } } }, ["ratio7h <= 0.05"]],
  ["lease_expired_grace_seconds", { thresholds: { lease_expired_grace_seconds: 77 } }, ["+ 77 <= time()"]],
  ["lease_max_minutes", { thresholds: { lease_max_minutes: 75 } }, ["expires_at_seconds[3h18m]"]],
];

describe.each(CHANGES)("%s changed alone", (_, input, texts) => {
  test.each(texts)("says %s", (text) => {
    expect(rules(input)).toContain(text);
    expect(rules()).not.toContain(text);
  });
});

test("the burn rates of the SRE Workbook, as Sloth and kubernetes-mixin have them", () => {
  expect(burns(defaultPolicy).map(({ rate, longSeconds, shortSeconds }) => [rate, longSeconds, shortSeconds])).toEqual([
    [14.4, 3_600, 300],
    [6, 21_600, 1_800],
    [3, 86_400, 7_200],
    [1, 259_200, 21_600],
  ]);
});

describe("records", () => {
  const records = sloRecords(defaultPolicy);

  test("are named level:metric:operations, each once", () => {
    const names = records.map(({ record }) => record);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^(attempt|pool):worker_[a-z_]+:[a-z]+(_[a-z]+)*\d*[a-z\d]*$/);
  });

  test("read only what is recorded before them", () => {
    const known = new Set<string>();
    for (const { record, expr } of records) {
      for (const [name] of expr.matchAll(/(?:attempt|pool):[\w:]+/g))
        expect(known.has(name), `${record}: ${name}`).toBe(true);
      known.add(record);
    }
  });

  test("a window is recorded once, however many burn rates have it", () => {
    const policy = createPolicy({ slo: { burn: { page_slow: { short_window_minutes: 60 } } } });
    const names = sloRecords(policy).map(({ record }) => record);
    expect(new Set(names).size).toBe(names.length);
  });
});
