/** The policy's seams for series (`series.selectors`, `series.cluster_label`), laid over expressions that know nothing of them. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { childNamed, nodesNamed, type PromqlNode, parsePromql } from "./parse-promql.ts";
import { isExported, isOfFleet, seriesName } from "./series-read.ts";

/** What is asked of the cluster's label, beside that it is kept: a matcher's operator and value, such as `=~"$cluster"`. */
export type ClusterMatcher = string | undefined;

/** Whether the policy asks for anything: if not, every expression stays as it is, to the byte. */
export function hasScope({ series }: Policy): boolean {
  return series.cluster_label !== undefined || Object.keys(series.selectors).length > 0;
}

/**
 * `expr` with the policy's selectors on each series that workers export, and the cluster's label in each `by` and `on` over the fleet, so that pools, workers
 * and jobs of one name in two clusters stay apart. What a rule recorded needs no selectors: it was made of selected series. What a server says of
 * itself has neither: it is found by its scrape job. A join `on ()` compares nothing, on purpose.
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
      const name = seriesName(selector);
      return matchersInto(selector, [...(isExported(name) ? ofSeries : []), ...(isOfFleet(name) ? ofCluster : [])]);
    }),
    ...(cluster_label === undefined ? [] : labelIntoGroups(tree, cluster_label)),
    ...(cluster_label === undefined ? [] : labelIntoJoins(tree, cluster_label)),
    // Where a reader has chosen the clusters, a total is the total of them.
    ...(cluster_label === undefined || cluster !== undefined ? [] : labelIntoTotals(tree, cluster_label)),
  ];
  return inserts
    .filter(({ text }) => text !== "")
    .sort((left, right) => right.at - left.at)
    .reduce((text, insert) => text.slice(0, insert.at) + insert.text + text.slice(insert.at), expr);
}

/** Whether `node` gives series that have the cluster's label, where the policy names one. */
export function readsFleet(node: PromqlNode): boolean {
  return nodesNamed(node, "VectorSelector").some((selector) => isOfFleet(seriesName(selector)));
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

function labelIntoGroups(tree: PromqlNode, label: string): readonly Insert[] {
  return nodesNamed(tree, "AggregateExpr").flatMap((aggregate) => {
    const modifier = childNamed(aggregate, "AggregateModifier");
    const isGrouped = modifier !== undefined && childNamed(modifier, "By") !== undefined;
    return isGrouped && readsFleet(aggregate) ? [labelInto(modifier, label)] : [];
  });
}

function labelIntoJoins(tree: PromqlNode, label: string): readonly Insert[] {
  return nodesNamed(tree, "BinaryExpr").flatMap((join) => {
    const clause = childNamed(join, "MatchingModifierClause");
    const list = clause === undefined ? undefined : childNamed(clause, "GroupingLabels");
    if (clause === undefined || childNamed(clause, "On") === undefined || list?.children.length === 0) return [];
    const [left, right] = [join.children[0], join.children.at(-1)];
    const isOfBoth = left !== undefined && right !== undefined && readsFleet(left) && readsFleet(right);
    return isOfBoth ? [labelInto(clause, label)] : [];
  });
}

/** The first list is that of `by` and `on`; one behind `group_left` names labels to copy. */
function labelInto(modifier: PromqlNode, label: string): Insert {
  const list = childNamed(modifier, "GroupingLabels");
  const at = (list?.from ?? modifier.to) + 1;
  if (list === undefined || list.children.some(({ text }) => text === label)) return { at, text: "" };
  return { at, text: list.children.length === 0 ? label : `${label}, ` };
}

function labelIntoTotals(tree: PromqlNode, label: string): readonly Insert[] {
  return nodesNamed(tree, "AggregateExpr")
    .filter((total) => childNamed(total, "AggregateModifier") === undefined && readsFleet(total))
    .map((total) => ({ at: childNamed(total, "AggregateOp")?.to ?? total.from, text: ` by (${label}) ` }));
}
