/** Which series an expression reads. */
import { childNamed, nodesNamed, parsePromql } from "./parse-promql.ts";

/** One selector of an expression. */
export interface SeriesRead {
  /** Name of the metric; empty for a selector without one. */
  readonly name: string;
  /** The label matchers as they are written, without braces. */
  readonly matchers: readonly string[];
}

/** The selectors of `expr`, in the order of the text. */
export function seriesRead(expr: string): readonly SeriesRead[] {
  return nodesNamed(parsePromql(expr), "VectorSelector").map((selector) => ({
    name: childNamed(selector, "Identifier")?.text ?? "",
    matchers: childNamed(selector, "LabelMatchers")?.children.map(({ text }) => text) ?? [],
  }));
}

/** Whether a series of this name is made by a rule: `level:metric:operations`, or by Prometheus for its alerts. */
export function isRecorded(name: string): boolean {
  return name.includes(":") || name === "ALERTS" || name === "ALERTS_FOR_STATE";
}
