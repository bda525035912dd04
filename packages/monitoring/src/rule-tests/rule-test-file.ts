/** The promtool tests of a policy's rules, a file for each scenario, with every time and count taken from the policy. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { enabledAlerts } from "../alerts/alert-table.ts";
import { duration } from "../rules/durations.ts";
import { DEEP_GROUP, PAGING_GROUP, ruleFile } from "../rules/rules-file.ts";
import { START } from "./clock.ts";
import { type AlertRuleTest, alertRuleTest } from "./expectation.ts";
import type { Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenario-table.ts";
import { scopedSeries } from "./scoped-series.ts";
import type { InputSeries } from "./series.ts";

/** A test file of promtool, as far as the scenarios use the format. */
export interface RuleTestFile {
  readonly rule_files: readonly string[];
  readonly evaluation_interval: string;
  readonly group_eval_order: readonly string[];
  readonly tests: readonly {
    readonly name: string;
    readonly start_timestamp: string;
    readonly interval: string;
    readonly input_series: readonly InputSeries[];
    readonly alert_rule_test: readonly AlertRuleTest[];
  }[];
}

/** The files by the name of their scenario. `rulesPath`, which may be a glob, is relative to them. */
export function ruleTestFiles(policy: Policy, rulesPath: string): ReadonlyMap<string, RuleTestFile> {
  return new Map(
    Object.entries(SCENARIOS).map(([name, scenario]) => [name, ruleTestFile(policy, rulesPath, scenario(policy))]),
  );
}

/** The test file of one scenario. */
export function ruleTestFile(policy: Policy, rulesPath: string, scenario: Scenario): RuleTestFile {
  const { name, series, expectations, evaluationSeconds = policy.pipeline.rule_interval_seconds } = scenario;
  const { sampleSeconds = policy.pipeline.rule_interval_seconds } = scenario;
  const enabled = new Set(enabledAlerts(policy).map(({ key }) => key));
  const groups = ruleFile(policy).groups.map((group) => group.name);
  return {
    rule_files: [rulesPath],
    evaluation_interval: duration(evaluationSeconds),
    // The deep scans come after what pages, so that a test sees what is quick by itself and what is a scan late.
    group_eval_order: [...new Set([PAGING_GROUP, DEEP_GROUP, ...groups])],
    tests: [
      {
        name,
        start_timestamp: START,
        interval: duration(sampleSeconds),
        input_series: series.map((each) => scopedSeries(each, policy)),
        alert_rule_test: expectations
          .filter(({ alert }) => enabled.has(alert))
          .map((expectation) => alertRuleTest(expectation, policy)),
      },
    ],
  };
}
