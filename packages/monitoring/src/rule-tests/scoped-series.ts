/** The series and alerts of the rule tests under a policy that names selectors or a cluster's label. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { AlertDefinition } from "../alerts/alert-definition.ts";
import { expressionsOf } from "../alerts/alert-table.ts";
import { parsePromql } from "../promql/parse-promql.ts";
import { isExported } from "../promql/series-read.ts";
import { readsFleet } from "../promql/series-scope.ts";
import { ranges } from "../rules/ranges.ts";
import type { InputSeries } from "./series.ts";

const CLUSTER = "cluster-a";

/** `input` with every label that the policy's rules ask for. */
export function scopedSeries(input: InputSeries, { series }: Policy): InputSeries {
  const { cluster_label, selectors } = series;
  const labels = { ...(cluster_label === undefined ? {} : { [cluster_label]: CLUSTER }), ...selectors };
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  if (pairs.length === 0) return input;
  const [, name = "", rest = ""] = /^([^{]*)\{?(.*?)\}?$/s.exec(input.series) ?? [];
  if (!isExported(name)) return input;
  return { ...input, series: `${name}{${[...pairs, ...(rest === "" ? [] : [rest])].join(",")}}` };
}

/** The labels that an alert has beside those of its own, for it was made of such series. */
export function scopeLabels(alert: AlertDefinition, policy: Policy): Readonly<Record<string, string>> {
  const { cluster_label, selectors } = policy.series;
  if (cluster_label === undefined) return {};
  const [first] = expressionsOf(alert, { policy, ranges: ranges(policy) });
  return first === undefined || !readsFleet(parsePromql(first.expr))
    ? {}
    : { [cluster_label]: selectors[cluster_label] ?? CLUSTER };
}
