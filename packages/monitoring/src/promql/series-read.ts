/** Which series an expression reads, and whose they are. */
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { childNamed, nodesNamed, type PromqlNode, parsePromql } from "./parse-promql.ts";

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
    name: seriesName(selector),
    matchers: childNamed(selector, "LabelMatchers")?.children.map(({ text }) => text) ?? [],
  }));
}

/** Name of the metric that a `VectorSelector` reads; empty for one without a name. */
export function seriesName(selector: PromqlNode): string {
  return childNamed(selector, "Identifier")?.text ?? "";
}

/** Whether a series of this name is made by a rule: `level:metric:operations`, or by Prometheus for its alerts. */
export function isRecorded(name: string): boolean {
  return name.includes(":") || name === "ALERTS" || name === "ALERTS_FOR_STATE";
}

const EXPORTED: ReadonlySet<string> = new Set(Object.values(METRICS).map(({ prometheusName }) => prometheusName));

/** Whether a series of this name comes from workers, or from the Collector about them; not what a server says of itself. */
export function isExported(name: string): boolean {
  return EXPORTED.has(name) || EXPORTED.has(name.replace(/_(?:bucket|sum|count)$/, ""));
}

/** Level of what is recorded about the rules themselves: such a series is about no worker. */
const OF_RULES = "rules:";

/** Whether a series of this name is about workers, whether exported or recorded, and so has a cluster where there are several. */
export function isOfFleet(name: string): boolean {
  return isExported(name) || (isRecorded(name) && !name.startsWith(OF_RULES));
}
