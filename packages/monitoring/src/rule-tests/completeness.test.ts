import { defaultPolicy } from "@worker-watchdog/sdk/policy";
import { describe, expect, test } from "vitest";
import type { WatchdogAlertKey } from "../alerts/alert-definition.ts";
import { ALERTS, severitiesOf } from "../alerts/alert-table.ts";
import { SCENARIOS } from "./scenario-table.ts";
import { PROPERTIES, type Property, shownProperties } from "./shown-properties.ts";

const OF_SERVER = {
  "dead-worker": "It is about no worker.",
  "first-event": "It reads a server's own counters and states, no incident of a worker.",
  replica: "Each instance of a server speaks for itself.",
};
const ENDED_BY_TIME = {
  recovery: "Time ends it: for a while nothing must have failed, or rows must have had time to come in.",
};

/** Properties that an alert can not have, and why. Whatever is not here, a scenario shows. */
const NOT_APPLICABLE: Readonly<Partial<Record<WatchdogAlertKey, Readonly<Partial<Record<Property, string>>>>>> = {
  lease_expiring_with_claimed_job: { "first-event": "Time decides: there is no event." },
  queue_stuck: { "first-event": "Time decides: there is no event." },
  queue_stuck_pool: { "first-event": "Time decides: there is no event." },
  worker_absent: { "first-event": "Time decides: there is no event." },
  worker_absent_pool: { "first-event": "Time decides: there is no event." },
  repeated_no_job: { "first-event": "The worker counts: a row holds its streak, and one empty claim is none." },
  repeated_no_job_pool: { "first-event": "The worker counts: a row holds its streak, and one empty claim is none." },
  silent_loop: { "first-event": "The worker counts: a row holds its streak, and one silent heartbeat is none." },
  silent_loop_pool: { "first-event": "The worker counts: a row holds its streak, and one silent heartbeat is none." },
  false_green: { recovery: "Time ends it: a job that was completed without proof stays so." },
  artifact_error_budget_burn: { "first-event": "Claims are counted: one is no burn." },
  lease_error_budget_burn: { "first-event": "Claims are counted: one is no burn." },
  telemetry_collector_down: OF_SERVER,
  telemetry_receiver_refusing: { ...OF_SERVER, ...ENDED_BY_TIME },
  telemetry_exports_refused: { ...OF_SERVER, ...ENDED_BY_TIME },
  telemetry_exports_stuck: { ...OF_SERVER, ...ENDED_BY_TIME },
  telemetry_rules_failing: { ...OF_SERVER, ...ENDED_BY_TIME },
  telemetry_evaluation_gap: { ...OF_SERVER, ...ENDED_BY_TIME },
  telemetry_alertmanager_down: { ...OF_SERVER, ...ENDED_BY_TIME },
  telemetry_notifications_failing: { ...OF_SERVER, ...ENDED_BY_TIME },
  telemetry_config_refused: OF_SERVER,
  telemetry_not_scraped: {
    "first-event": "It is about no event.",
    recovery: "A target that is there again is no alert's end, but its next scrape.",
    replica: "It is about what is not there.",
  },
  telemetry_cardinality_overflow: {
    ...OF_SERVER,
    recovery: "A process that starts again has no such series: its end tells nothing anew.",
  },
  telemetry_rows_missing: {
    "dead-worker": "Its worker lives: it claims.",
    "first-event": "It is about no event.",
    recovery: "Rows that come in are told by themselves, and not by what the alert is about.",
  },
  telemetry_clock_off: {
    "dead-worker": "A worker that says nothing has no clock to put right.",
    "first-event": "An offset is measured again and again: it is no event.",
  },
  telemetry_catching_up: { ...OF_SERVER, ...ENDED_BY_TIME },
  watchdog: {
    "just-below": "It always fires.",
    "dead-worker": "It is about no worker.",
    "first-event": "It is about no event.",
    recovery: "It always fires.",
    replica: "It reads no series.",
  },
};

const step = defaultPolicy.pipeline.rule_interval_seconds;
const scenarios = Object.entries(SCENARIOS).map(([name, scenario]) => ({ name, scenario: scenario(defaultPolicy) }));

describe.each(ALERTS)("$key", (alert) => {
  const shown = new Set(
    scenarios.flatMap(({ scenario }) => [...shownProperties(scenario, alert.key, scenario.sampleSeconds ?? step)]),
  );

  test.each(PROPERTIES)("%s is shown by a scenario, or can not apply", (property) => {
    const reason = NOT_APPLICABLE[alert.key]?.[property];
    expect({ shown: shown.has(property), reason }).toEqual(
      reason === undefined ? { shown: true, reason: undefined } : { shown: false, reason },
    );
  });

  test("a scenario sees it fire with each of its severities, and no other", () => {
    const seen = scenarios.flatMap(({ scenario }) =>
      scenario.expectations
        .filter(({ alert: key }) => key === alert.key)
        .flatMap(({ firing }) => firing.map(({ severity = alert.severity }) => severity)),
    );
    expect([...new Set(seen)].sort()).toEqual([...severitiesOf(alert, defaultPolicy)].sort());
  });
});

test("every scenario says something of an alert, under a name of its own", () => {
  expect(scenarios.filter(({ scenario }) => scenario.expectations.length === 0)).toEqual([]);
  expect(new Set(scenarios.map(({ scenario }) => scenario.name)).size).toBe(scenarios.length);
});
