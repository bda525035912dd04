import { defaultPolicy } from "@worker-watchdog/sdk/policy";
import { describe, expect, test } from "vitest";
import type { WatchdogAlertKey } from "../alerts/alert-definition.ts";
import { ALERTS, severitiesOf } from "../alerts/alert-table.ts";
import { SCENARIOS } from "./scenario-table.ts";
import { PROPERTIES, type Property, shownProperties } from "./shown-properties.ts";

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
