/** The rule files, one for each area. The workers': deep scans once a minute, and everything that pages in one group, in order, so that it is one tick behind nothing. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { AlertDefinition } from "../alerts/alert-definition.ts";
import { areaOf, enabledAlerts, expressionsOf } from "../alerts/alert-table.ts";
import { alertAnnotations, alertLabels } from "../alerts/page-fields.ts";
import { type RuleArea, rulesPath } from "../paths.ts";
import { scopedExpression } from "../promql/series-scope.ts";
import { sloGroup } from "../slo/slo-group.ts";
import { DASHBOARD_INTERVAL_SECONDS, dashboardRules, slowDashboardRules } from "./dashboard-rules.ts";
import { duration } from "./durations.ts";
import { evaluationRules } from "./evaluation-gap.ts";
import { heldAtOnceRules } from "./held-at-once.ts";
import { ranges } from "./ranges.ts";
import { deepRules, quickRules } from "./recording-rules.ts";

/** One rule of Prometheus' file format. */
export type Rule =
  | { readonly record: string; readonly expr: string }
  | {
      readonly alert: string;
      readonly expr: string;
      readonly for?: string;
      readonly keep_firing_for?: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
    };

/** A rule file of Prometheus. */
export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly interval: string; readonly rules: readonly Rule[] }[];
}

/** One group of a rule file. */
export type RuleGroup = RuleFile["groups"][number];

/** Name of the group whose rules page for workers and their jobs. */
export const PAGING_GROUP = "worker-watchdog";
/** Name of the group of deep scans, and of the alerts for what stands still for minutes. */
export const DEEP_GROUP = "worker-watchdog-deep";
/** Name of the group of the pipeline's own alerts. */
export const PIPELINE_GROUP = "worker-watchdog-pipeline";

/** Names of the groups of what dashboards show. */
export const DASHBOARD_GROUP = "worker-watchdog-dashboards";
export const SLOW_DASHBOARD_GROUP = "worker-watchdog-dashboards-slow";

const GROUPS: Readonly<Record<RuleArea, (policy: Policy) => readonly RuleGroup[]>> = {
  worker: workerGroups,
  pipeline: (policy) => [
    { ...tick(PIPELINE_GROUP, policy), rules: alertRules(policy, (alert) => areaOf(alert) === "pipeline") },
  ],
  slo: (policy) => [
    sloGroup(
      policy,
      alertRules(policy, (alert) => areaOf(alert) === "slo"),
    ),
  ],
  dashboards: dashboardGroups,
};

/** The rule files of `policy`, by path. */
export function ruleFiles(policy: Policy): ReadonlyMap<string, RuleFile> {
  return new Map(
    (Object.keys(GROUPS) as RuleArea[])
      .map((area) => [rulesPath(area), { groups: GROUPS[area](policy).map((group) => scoped(group, policy)) }] as const)
      .filter(([, { groups }]) => groups.length > 0),
  );
}

/** The rules of every area together. */
export function ruleFile(policy: Policy): RuleFile {
  return { groups: [...ruleFiles(policy).values()].flatMap(({ groups }) => groups) };
}

/**
 * The workers' rules.
 *
 * No alert of a worker has a `for` or a `keep_firing_for`: each reads rows that outlive gaps in telemetry, so nothing flaps, and a page whose
 * cause is gone ends at the next tick (docs/decisions/0030-no-keep-firing-for.md).
 */
function workerGroups(policy: Policy): readonly RuleGroup[] {
  const range = ranges(policy);
  return [
    {
      name: DEEP_GROUP,
      interval: duration(policy.pipeline.slow_rule_interval_seconds),
      rules: [
        ...deepRules(range),
        ...heldAtOnceRules(policy),
        ...alertRules(policy, (alert) => areaOf(alert) === "worker" && alert.isSlow === true),
      ],
    },
    {
      ...tick(PAGING_GROUP, policy),
      rules: [
        ...evaluationRules(range),
        ...quickRules(range),
        ...alertRules(policy, (alert) => areaOf(alert) === "worker" && alert.isSlow !== true),
      ],
    },
  ];
}

/** The group with the policy's selectors and cluster label (docs/decisions/0151). */
function scoped(group: RuleGroup, policy: Policy): RuleGroup {
  return { ...group, rules: group.rules.map((rule) => ({ ...rule, expr: scopedExpression(rule.expr, policy) })) };
}

/** What dashboards show: it pages nobody, and so has groups of its own, that a tick of the alerts never waits for. */
function dashboardGroups(policy: Policy): readonly RuleGroup[] {
  return [
    {
      name: SLOW_DASHBOARD_GROUP,
      interval: duration(policy.pipeline.slow_rule_interval_seconds),
      rules: slowDashboardRules(policy),
    },
    { name: DASHBOARD_GROUP, interval: duration(DASHBOARD_INTERVAL_SECONDS), rules: dashboardRules(policy) },
  ];
}

function tick(name: string, policy: Policy): Omit<RuleGroup, "rules"> {
  return { name, interval: duration(policy.pipeline.rule_interval_seconds) };
}

/** The enabled alerts that are in a group, as rules, in the order of the table. */
export function alertRules(policy: Policy, isIn: (alert: AlertDefinition) => boolean): readonly Rule[] {
  return enabledAlerts(policy)
    .filter(isIn)
    .flatMap((alert) =>
      expressionsOf(alert, { policy, ranges: ranges(policy) }).map(({ severity, expr }) => ({
        alert: alert.name,
        expr,
        ...waits(alert, policy),
        labels: alertLabels(alert, policy, severity),
        annotations: alertAnnotations(alert, policy, severity),
      })),
    );
}

function waits({ forSeconds, keepFiringForSeconds }: AlertDefinition, policy: Policy): Partial<Rule> {
  return {
    ...(forSeconds !== undefined && { for: duration(forSeconds(policy)) }),
    ...(keepFiringForSeconds !== undefined && {
      keep_firing_for: duration(keepFiringForSeconds({ policy, ranges: ranges(policy) })),
    }),
  };
}
