/** The rule group of the objectives: what is counted, then the alerts that read it, in one tick. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { duration } from "../rules/durations.ts";
import type { Rule, RuleGroup } from "../rules/rules-file.ts";
import { sloRecords } from "./slo-records.ts";

/** Name of the group. Its interval is what one count of claims that left the horizon covers. */
export const SLO_GROUP = "worker-watchdog-slo";

/** The group, with its alerts. */
export function sloGroup(policy: Policy, alerts: readonly Rule[]): RuleGroup {
  return {
    name: SLO_GROUP,
    interval: duration(policy.slo.rule_interval_seconds),
    rules: [...sloRecords(policy), ...alerts],
  };
}
