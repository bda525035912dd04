/** The policy's seams for series (`series.selectors`, `series.cluster_label`), laid over expressions that know nothing of them. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { childNamed, nodesNamed, type PromqlNode, parsePromql } from "./parse-promql.ts";
import { isRecorded } from "./series-read.ts";

/** What is asked of the cluster's label, beside that it is kept: a matcher's operator and value, such as `=~"$cluster"`. */
export type ClusterMatcher = string | undefined;

/** Whether the policy asks for anything: if not, every expression stays as it is, to the byte. */
export function hasScope({ series }: Policy): boolean {
  return series.cluster_label !== undefined || Object.keys(series.selectors).length > 0;
}

/**
 * `expr` with the policy's selectors on each series that comes from outside, and the cluster's label in each `by` and `on`, so that pools, workers and
 * jobs of one name in two clusters stay apart. What a rule recorded needs no selectors: it was made of selected series.
 *
 * @throws SyntaxError for what is no PromQL.
 */
export function scopedExpression(expr: string, policy: Policy, cluster?: ClusterMatcher): string {
  if (!hasScope(policy)) return expr;
  const { selectors, cluster_label } = policy.series;
  const ofSeries = Object.entries(selectors).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  const ofCluster = cluster_label === undefined || cluster === undefined ? [] : [`${cluster_label}${cluster}`];
  const tree = parsePromql(expr);
  const inserts = [
    ...nodesNamed(tree, "VectorSelector").map((selector) => {
      const isOurs = isRecorded(childNamed(selector, "Identifier")?.text ?? "");
      return matchersInto(selector, isOurs ? ofCluster : [...ofSeries, ...ofCluster]);
    }),
    ...(cluster_label === undefined ? [] : labelInto(tree, cluster_label)),
    // Where a reader has chosen the clusters, a total is the total of them.
    ...(cluster_label === undefined || cluster !== undefined ? [] : labelToTotals(tree, cluster_label)),
  ];
  return inserts
    .filter(({ text }) => text !== "")
    .sort((left, right) => right.at - left.at)
    .reduce((text, insert) => text.slice(0, insert.at) + insert.text + text.slice(insert.at), expr);
}

/** Whether what `expr` gives has the cluster's label: what reads no series has no labels at all. */
export function hasSeries(expr: string): boolean {
  return nodesNamed(parsePromql(expr), "VectorSelector").length > 0;
}

interface Insert {
  readonly at: number;
  readonly text: string;
}

function matchersInto(selector: PromqlNode, matchers: readonly string[]): Insert {
  const list = childNamed(selector, "LabelMatchers");
  const text = matchers.join(",");
  if (text === "") return { at: selector.to, text };
  if (list === undefined) return { at: selector.to, text: `{${text}}` };
  return { at: list.from + 1, text: list.children.length === 0 ? text : `${text},` };
}

function labelInto(tree: PromqlNode, label: string): readonly Insert[] {
  const modifiers = [
    ...nodesNamed(tree, "AggregateModifier").filter((modifier) => childNamed(modifier, "By") !== undefined),
    ...nodesNamed(tree, "MatchingModifierClause").filter((clause) => childNamed(clause, "On") !== undefined),
  ];
  return modifiers.map((modifier) => {
    // The first list is that of `on`; one behind `group_left` names labels to copy.
    const list = childNamed(modifier, "GroupingLabels");
    const at = (list?.from ?? modifier.to) + 1;
    const isThere = list?.children.some(({ text }) => text === label) === true;
    if (list === undefined || isThere) return { at, text: "" };
    return { at, text: list.children.length === 0 ? label : `${label}, ` };
  });
}

function labelToTotals(tree: PromqlNode, label: string): readonly Insert[] {
  return nodesNamed(tree, "AggregateExpr")
    .filter((total) => childNamed(total, "AggregateModifier") === undefined)
    .map((total) => ({ at: childNamed(total, "AggregateOp")?.to ?? total.from, text: ` by (${label}) ` }));
}
