/** The rule file: deep scans once a minute, and everything that pages in one group, in order, so that it is one tick behind nothing. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { enabledAlerts, expressionsOf } from "../alerts/alert-table.ts";
import { alertAnnotations, alertLabels } from "../alerts/page-fields.ts";
import { duration } from "./durations.ts";
import { DEEP_INTERVAL_SECONDS, ranges } from "./ranges.ts";
import { deepRules, quickRules } from "./recording-rules.ts";

/** One rule of Prometheus' file format. */
export type Rule =
  | { readonly record: string; readonly expr: string }
  | {
      readonly alert: string;
      readonly expr: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
    };

/** A rule file of Prometheus. */
export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly interval: string; readonly rules: readonly Rule[] }[];
}

/** Name of the group whose rules page. */
export const PAGING_GROUP = "worker-watchdog";
/** Name of the group of deep scans. */
export const DEEP_GROUP = "worker-watchdog-deep";

/**
 * The rules of `policy`.
 *
 * No alert has a `for` or a `keep_firing_for`: each reads rows that outlive gaps in telemetry, so nothing flaps, and a page whose
 * cause is gone ends at the next tick (docs/decisions/0030-no-keep-firing-for.md).
 */
export function ruleFile(policy: Policy): RuleFile {
  const range = ranges(policy);
  const alerts = enabledAlerts(policy).flatMap((alert) =>
    expressionsOf(alert, { policy, ranges: range }).map(({ severity, expr }) => ({
      alert: alert.name,
      expr,
      labels: alertLabels(alert, policy, severity),
      annotations: alertAnnotations(alert, policy, severity),
    })),
  );
  return {
    groups: [
      { name: DEEP_GROUP, interval: duration(DEEP_INTERVAL_SECONDS), rules: deepRules(range) },
      {
        name: PAGING_GROUP,
        interval: duration(policy.pipeline.rule_interval_seconds),
        rules: [...quickRules(range), ...alerts],
      },
    ],
  };
}
