/** The selectors of a panel's query, with what the rules of dashboard-linter ask of each. */
import { childNamed, type PromqlNode, parsePromql } from "../../promql/parse-promql.ts";

/** One vector or range selector. */
export interface Selector {
  readonly text: string;
  readonly metric: string;
  readonly matchers: readonly string[];
  /** What stands between its brackets. */
  readonly range: string | undefined;
  /** The function that takes its range. */
  readonly inside: string | undefined;
}

/** Grafana's own intervals are no PromQL: durations that nobody writes stand in for them while it is read. */
const INTERVALS = [
  ["$__rate_interval", "111222ms"],
  ["$__range", "111333ms"],
] as const;

/** The selectors of `expr`, in order. Throws where it is no PromQL. */
export function selectorsOf(expr: string): readonly Selector[] {
  const readable = INTERVALS.reduce(
    (text, [from, to]) => text.replaceAll(`[${from}]`, `[${to}]`).replaceAll(`offset ${from}`, `offset ${to}`),
    expr,
  );
  return found(parsePromql(readable), []);
}

function found(node: PromqlNode, parents: readonly PromqlNode[]): readonly Selector[] {
  if (node.name !== "VectorSelector") return node.children.flatMap((child) => found(child, [...parents, node]));
  const matrix = parents.at(-1)?.name === "MatrixSelector" ? parents.at(-1) : undefined;
  const call = matrix && parents.findLast(({ name }) => name === "FunctionCall");
  const duration = matrix?.text.slice(node.text.length).replace(/^\[|\].*$/g, "");
  return [
    {
      text: (matrix ?? node).text,
      metric: childNamed(node, "Identifier")?.text ?? "",
      matchers: childNamed(node, "LabelMatchers")?.children.map(({ text }) => text) ?? [],
      range: INTERVALS.find(([, to]) => to === duration)?.[0] ?? duration,
      inside: call && childNamed(call, "FunctionIdentifier")?.text,
    },
  ];
}
