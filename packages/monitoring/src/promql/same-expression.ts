/** Whether two texts are one expression: as it was written, and as a server writes it again. */
import { type PromqlNode, parsePromql } from "./parse-promql.ts";

/** Whether the two parse to the same tree: white space, the order of matchers, and `24h` or `1d` for one duration, make no difference. */
export function sameExpression(left: string, right: string): boolean {
  return left === right || canonicalExpression(left) === canonicalExpression(right);
}

/** A text that is the same for two expressions that are: for sets of many. It is no PromQL. */
export function canonicalExpression(expr: string): string {
  return canonical(parsePromql(expr));
}

function canonical({ name, text, children }: PromqlNode): string {
  if (name === "NumberDurationLiteralInDurationContext") return `${millisOf(text)}ms`;
  // What a list holds is its order; brackets, commas and spaces are in no node of their own.
  if (children.length === 0) return name === "GroupingLabels" ? "()" : text;
  const inner = children.map(canonical);
  // Prometheus writes a selector's matchers by name.
  return `${name}(${(name === "LabelMatchers" ? inner.toSorted() : inner).join(" ")})`;
}

const MILLIS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

function millisOf(duration: string): number {
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdwy])/g)];
  if (parts.length === 0) return Number(duration) * 1_000;
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (MILLIS[unit ?? ""] ?? 0), 0);
}
