/** Which labels the result of an expression can have: by its aggregations and joins, and through recording rules. */
import { METRICS, prometheusLabel } from "@worker-watchdog/sdk/semconv";
import { childNamed, nodesNamed, type PromqlNode, parsePromql } from "../src/promql/parse-promql.ts";

/** Labels; `isOpen` where a series from outside may have more, such as `instance`. */
export interface ResultLabels {
  readonly labels: ReadonlySet<string>;
  readonly isOpen: boolean;
  /** Labels that are asked of something that can not have them: what asks matches nothing, or groups by nothing. */
  readonly impossible: readonly string[];
}

const SET_OPERATORS: readonly string[] = ["And", "Unless", "Or"];
const COMPARISONS: readonly string[] = ["Gtr", "Gte", "Lss", "Lte", "EqlC", "Neq"];
const CHOOSING: readonly string[] = ["topk", "bottomk", "limitk", "limit_ratio"];
const NONE: ResultLabels = { labels: new Set(), isOpen: false, impossible: [] };

/** The labels of `node`. `recorded` are the recording rules by name. */
export function resultLabels(node: PromqlNode, recorded: ReadonlyMap<string, string>): ResultLabels {
  const of = (inner: PromqlNode | undefined) => (inner === undefined ? NONE : resultLabels(inner, recorded));
  switch (node.name) {
    case "VectorSelector":
      return ofSelector(node, recorded);
    case "AggregateExpr":
      return ofAggregate(node, of(childNamed(node, "FunctionCallBody")));
    case "FunctionCall":
      return ofCall(node, recorded);
    case "BinaryExpr":
      return ofBinary(node, of(node.children[0]), of(node.children.at(-1)));
    default: {
      const inner = node.children.map((child) => resultLabels(child, recorded));
      return inner.reduce(united, NONE);
    }
  }
}

function ofSelector(node: PromqlNode, recorded: ReadonlyMap<string, string>): ResultLabels {
  const name = childNamed(node, "Identifier")?.text ?? "";
  const rule = recorded.get(name);
  if (rule !== undefined) return { ...ofRule(name, rule, recorded), impossible: [] };
  const metric = Object.values(METRICS).find(({ prometheusName }) => name.startsWith(prometheusName));
  return { labels: new Set(metric?.attributes.map(prometheusLabel)), isOpen: true, impossible: [] };
}

/** Recording rules stand on each other: each is looked at once. */
const known = new WeakMap<ReadonlyMap<string, string>, Map<string, ResultLabels>>();

function ofRule(name: string, expr: string, recorded: ReadonlyMap<string, string>): ResultLabels {
  const results = known.get(recorded) ?? new Map<string, ResultLabels>();
  known.set(recorded, results);
  const result = results.get(name) ?? resultLabels(parsePromql(expr), recorded);
  results.set(name, result);
  return result;
}

function ofAggregate(node: PromqlNode, inner: ResultLabels): ResultLabels {
  const modifier = childNamed(node, "AggregateModifier");
  const grouped = groupingLabels(modifier);
  // What only chooses among series leaves them as they are.
  if (CHOOSING.includes(childNamed(node, "AggregateOp")?.text ?? ""))
    return { ...inner, impossible: [...inner.impossible, ...missing(grouped, inner)] };
  if (modifier === undefined) return { ...NONE, impossible: inner.impossible };
  if (childNamed(modifier, "Without") !== undefined) {
    return { ...inner, labels: new Set([...inner.labels].filter((label) => !grouped.includes(label))) };
  }
  return { labels: new Set(grouped), isOpen: false, impossible: [...inner.impossible, ...missing(grouped, inner)] };
}

function ofCall(node: PromqlNode, recorded: ReadonlyMap<string, string>): ResultLabels {
  const name = childNamed(node, "FunctionIdentifier")?.text ?? "";
  const body = childNamed(node, "FunctionCallBody");
  if (name === "absent" || name === "absent_over_time") {
    const matchers = nodesNamed(node, "UnquotedLabelMatcher").filter(
      (matcher) => nodesNamed(matcher, "EqlSingle").length > 0,
    );
    return { ...NONE, labels: new Set(matchers.map((matcher) => childNamed(matcher, "LabelName")?.text ?? "")) };
  }
  const inner = body === undefined ? NONE : resultLabels(body, recorded);
  if (name !== "label_replace" && name !== "label_join") return inner;
  const added = /"(\w+)"/.exec(body?.children.find((child) => child.name === "StringLiteral")?.text ?? "")?.[1];
  return { ...inner, labels: new Set([...inner.labels, ...(added === undefined ? [] : [added])]) };
}

function ofBinary(node: PromqlNode, left: ResultLabels, right: ResultLabels): ResultLabels {
  const operator = node.children.find(({ name }) => SET_OPERATORS.includes(name))?.name;
  const clause = childNamed(node, "MatchingModifierClause");
  const on = clause !== undefined && childNamed(clause, "On") !== undefined ? groupingLabels(clause) : undefined;
  const impossible = [
    ...left.impossible,
    ...right.impossible,
    ...(on === undefined ? [] : [...missing(on, left), ...missing(on, right)]),
  ];
  if (operator === "Or") return { ...united(left, right), impossible };
  if (operator !== undefined) return { ...left, impossible };
  if (clause !== undefined && childNamed(clause, "GroupRight") !== undefined) return { ...right, impossible };
  if (on === undefined) return { ...united(left, right), impossible };
  const taken = childNamed(clause as PromqlNode, "GroupLeft");
  if (taken !== undefined) {
    const more =
      nodesNamed(clause as PromqlNode, "GroupingLabels")
        .at(-1)
        ?.children.map(({ text }) => text) ?? [];
    const labels = new Set([
      ...left.labels,
      ...(nodesNamed(clause as PromqlNode, "GroupingLabels").length > 1 ? more : []),
    ]);
    return { ...left, labels, impossible: [...impossible, ...missing(more, right)] };
  }
  return { labels: new Set(on), isOpen: false, impossible };
}

function groupingLabels(modifier: PromqlNode | undefined): readonly string[] {
  const list = modifier === undefined ? undefined : childNamed(modifier, "GroupingLabels");
  return list?.children.map(({ text }) => text) ?? [];
}

function missing(asked: readonly string[], { labels, isOpen }: ResultLabels): readonly string[] {
  return isOpen ? [] : asked.filter((label) => !labels.has(label));
}

function united(left: ResultLabels, right: ResultLabels): ResultLabels {
  return {
    labels: new Set([...left.labels, ...right.labels]),
    isOpen: left.isOpen || right.isOpen,
    impossible: [...left.impossible, ...right.impossible],
  };
}

/** The operands of the `or`s at the top of an expression: each of them can be the result by itself. */
export function branches(node: PromqlNode): readonly PromqlNode[] {
  const [only] = node.children;
  if ((node.name === "PromQL" || node.name === "ParenExpr") && only !== undefined) return branches(only);
  if (node.name !== "BinaryExpr" || childNamed(node, "Or") === undefined) return [node];
  return [node.children[0], node.children.at(-1)].flatMap((side) => (side === undefined ? [] : branches(side)));
}

/** Whether a node holds a comparison that lets through some series and not others. */
export function hasCondition(node: PromqlNode): boolean {
  const isFilter = (name: string) => nodesNamed(node, name).length > 0;
  const absent = nodesNamed(node, "FunctionIdentifier").some(({ text }) => text.startsWith("absent"));
  return absent || isFilter("Unless") || (COMPARISONS.some(isFilter) && nodesNamed(node, "BoolModifier").length === 0);
}
