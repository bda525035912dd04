import { defaultPolicy } from "@worker-watchdog/sdk/policy";
import { provideServers, runRuleTests } from "@worker-watchdog/stack";
import { expect, test } from "vitest";
import { ALERTS, areaOf } from "../../src/alerts/alert-table.ts";
import type { Firing } from "../../src/rule-tests/expectation.ts";
import { neededRules } from "../../src/rule-tests/needed-rules.ts";
import type { RuleTestFile } from "../../src/rule-tests/rule-test-file.ts";
import { ruleFile } from "../../src/rules/rules-file.ts";
import { type Fleet, fleet, fleetUnix, SAMPLE_SECONDS, seenAt, sliceTest } from "./fleet.ts";
import { FLEET, type FleetPool, SMALL_FLEET } from "./fleet-pools.ts";

const HOUR = 3_600;
const SEED = 1;
// WATCHDOG_FLEET=full: 200 workers over 30 days, or over the days of WATCHDOG_FLEET_DAYS, such as 0-9.
const isFull = process.env["WATCHDOG_FLEET"] === "full";
const [firstDay = 0, lastDay = 29] = (process.env["WATCHDOG_FLEET_DAYS"] ?? "").split("-").filter(Boolean).map(Number);
const FORM = isFull
  ? { pools: FLEET, days: 30, hours: [firstDay * 24, (lastDay + 1) * 24], sliceHours: 12 }
  : { pools: SMALL_FLEET, days: 1, hours: [0, 24], sliceHours: 12 };
const WORKERS = FORM.pools.reduce((sum, { size }) => sum + size, 0);
/** Workers that one promtool judges: as many as make little of what each step costs by itself, and as fit in memory. */
const WORKERS_AT_ONCE = 60;
const FULL_TIMEOUT_MILLIS = 24 * HOUR * 1_000;

/** Alert 18 reads what the Collector, Prometheus and the evaluation of rules say of themselves: a fleet's rows have nothing to say about it. */
const PIPELINE = 18;
const alerts = ALERTS.filter((alert) => areaOf(alert) === "worker" && alert.number !== PIPELINE);
const rules = ruleFile(defaultPolicy);

async function outputOf(slices: readonly RuleTestFile[]): Promise<readonly string[]> {
  const { promtool } = await provideServers({ names: ["promtool"] });
  const results = await runRuleTests(
    promtool.path,
    slices.map((tests) => ({ name: tests.tests[0]?.name ?? "", rules: neededRules(rules, tests), tests })),
    { timeoutMillis: FULL_TIMEOUT_MILLIS },
  );
  return results.filter(({ passed }) => !passed).map(({ name, output }) => `${name}:\n${output.slice(0, 8_000)}`);
}

test(
  `${WORKERS} healthy workers, hours ${FORM.hours.join(" to ")}: restarts, deploys, lost exports, wrong clocks, replicas, and no alert`,
  async () => {
    const [from = 0, until = 0] = FORM.hours;
    // No rule looks from one pool into another.
    const fleets = together(FORM.pools).map((pools) =>
      fleet({ policy: defaultPolicy, seed: SEED, pools, days: FORM.days }),
    );
    const slices = Array.from(
      { length: (until - from) / FORM.sliceHours },
      (_, index) => from + index * FORM.sliceHours,
    ).flatMap((hour) =>
      fleets.map((each) => ({ fleet: each, from: hour * HOUR, until: (hour + FORM.sliceHours) * HOUR })),
    );
    // Two at a time are in memory, whatever the number of days.
    for (let next = 0; next < slices.length; next += 2) {
      const began = performance.now();
      const pair = slices.slice(next, next + 2).map((slice) => sliceTest({ ...slice, alerts }));
      expect(await outputOf(pair)).toEqual([]);
      if (isFull)
        console.log(
          `${pair.map(({ tests }) => tests[0]?.name).join("; ")}: ${((performance.now() - began) / 1_000).toFixed(0)} s`,
        );
    }
  },
  FULL_TIMEOUT_MILLIS,
);

/** The pools in as few lots as hold the workers of one promtool each. */
function together(pools: readonly FleetPool[]): readonly (readonly FleetPool[])[] {
  const lots: FleetPool[][] = [];
  for (const pool of [...pools].sort((left, right) => right.size - left.size)) {
    const lot = lots.find((others) => others.reduce((sum, { size }) => sum + size, pool.size) <= WORKERS_AT_ONCE);
    if (lot === undefined) lots.push([pool]);
    else lot.push(pool);
  }
  return lots;
}

test.each([
  {
    kind: "dies",
    alert: "worker_absent",
    after: defaultPolicy.thresholds.worker_absent_heartbeats * defaultPolicy.heartbeat_interval_minutes * 60,
  },
  { kind: "rejected", alert: "complete_rejected", after: 0 },
] as const)(
  "a worker of the fleet that $kind fires $alert, and nothing else",
  async ({ kind, alert, after }) => {
    const faulty: Fleet = fleet({
      policy: defaultPolicy,
      seed: SEED,
      pools: SMALL_FLEET,
      days: 1,
      fault: { kind, at: 3 * HOUR },
    });
    const [fault] = faulty.faults;
    if (fault === undefined) throw new Error(`Nothing went wrong in the fleet: choose another seed for ${kind}.`);
    const value = kind === "dies" ? fleetUnix(fault.value) : fault.value;
    const severity = kind === "dies" ? "medium" : undefined;
    const firing: Firing = { labels: fault.labels, value, severity };
    const isThere = (at: number): boolean =>
      kind === "dies" ? fleetUnix(at) > value + after : at >= seenAt(fault.at) * SAMPLE_SECONDS;
    const tests = sliceTest({
      fleet: faulty,
      alerts,
      from: 0,
      until: Math.max(2 * HOUR, fault.at + HOUR / 2),
      firing: (key, at) => (key === alert && isThere(at) ? [firing] : []),
    });
    expect(JSON.stringify(tests)).toContain(fault.labels["worker_id"]);
    expect(await outputOf([tests])).toEqual([]);
  },
  FULL_TIMEOUT_MILLIS,
);
