/** The promtool tests of a policy's rules, with every time and count taken from the policy. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { enabledAlerts } from "../alerts/alert-table.ts";
import { duration } from "../rules/durations.ts";
import { DEEP_GROUP, PAGING_GROUP, PIPELINE_GROUP } from "../rules/rules-file.ts";
import { START } from "./clock.ts";
import { alertRuleTest } from "./expectation.ts";
import type { Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenario-table.ts";

/** The file, to be written as YAML. `rulesPath`, which may be a glob, is relative to it. */
export function ruleTestFile(policy: Policy, rulesPath: string): object {
  const step = duration(policy.pipeline.rule_interval_seconds);
  return {
    rule_files: [rulesPath],
    evaluation_interval: step,
    // The deep scans come last, so that a test sees what is quick by itself and what is a scan late.
    group_eval_order: [PAGING_GROUP, DEEP_GROUP, PIPELINE_GROUP],
    tests: SCENARIOS.map((scenario) => test(scenario(policy), policy, step)),
  };
}

function test({ name, series, expectations }: Scenario, policy: Policy, step: string): object {
  const enabled = new Set(enabledAlerts(policy).map(({ key }) => key));
  return {
    name,
    start_timestamp: START,
    interval: step,
    input_series: series,
    alert_rule_test: expectations
      .filter(({ alert }) => enabled.has(alert))
      .map((expectation) => alertRuleTest(expectation, policy)),
  };
}
