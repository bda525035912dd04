/** Which series an expression reads, and by which labels it groups or matches them: what has to be there, or the expression is silent for good. */
import { childNamed, type PromqlNode, parsePromql } from "../src/promql/parse-promql.ts";

/** One selector of an expression, as it is written, without range and offset. */
export interface ReadSeries {
  readonly selector: string;
  readonly metric: string;
  readonly labels: ReadonlySet<string>;
}

/** Every selector of `expr`, in the order of the text. */
export function readSeries(expr: string): readonly ReadSeries[] {
  return reads(parsePromql(expr), new Set());
}

function reads(node: PromqlNode, needed: ReadonlySet<string>): readonly ReadSeries[] {
  if (node.name === "VectorSelector") {
    const metric = childNamed(node, "Identifier")?.text ?? "";
    return [{ selector: node.text, metric, labels: needed }];
  }
  if (node.name === "AggregateExpr") {
    const by = childNamed(node, "AggregateModifier");
    return inner(node, new Set(by === undefined ? [] : grouping(by)));
  }
  if (node.name === "BinaryExpr") return ofBinary(node, needed);
  return inner(node, needed);
}

function ofBinary(node: PromqlNode, needed: ReadonlySet<string>): readonly ReadSeries[] {
  const [left, right] = [node.children[0], node.children.at(-1)] as const;
  if (left === undefined || right === undefined) return [];
  const clause = childNamed(node, "MatchingModifierClause");
  const on = clause === undefined ? [] : grouping(clause);
  const isOr = childNamed(node, "Or") !== undefined;
  // Only an `or` hands its right side's labels on; elsewhere the right side is matched, or has no labels at all.
  return [...reads(left, new Set([...needed, ...(isOr ? [] : on)])), ...reads(right, isOr ? needed : new Set(on))];
}

function inner(node: PromqlNode, needed: ReadonlySet<string>): readonly ReadSeries[] {
  return node.children.flatMap((child) => reads(child, needed));
}

function grouping(modifier: PromqlNode): readonly string[] {
  return childNamed(modifier, "GroupingLabels")?.children.map(({ text }) => text) ?? [];
}
