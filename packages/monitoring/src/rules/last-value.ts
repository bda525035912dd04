/** The newest value that any replica or instance told, of rows that only grow. */
import { duration } from "./durations.ts";

/** The highest last value of `metric` (as Prometheus names it) in `seconds`, for each set of the labels `by`. */
export function lastValue(by: string, metric: string, seconds: number, matchers?: string): string {
  return `max by (${by}) (${rawLast(metric, seconds, matchers)})`;
}

/**
 * The same of those rows alone that `among`, a vector with the labels `on`, has or has not. It is cut before it is merged: to merge
 * the rows of every attempt of the last hours, and then to keep a few, would cost twice as much.
 */
export function lastValueAmong(
  by: string,
  metric: string,
  seconds: number,
  { on, among, matchers }: { readonly on: string; readonly among: string; readonly matchers?: string | undefined },
): string {
  return `max by (${by}) (\n${rawLast(metric, seconds, matchers)}\nand on (${on})\n${among}\n)`;
}

/** The newest value of each series, unmerged: enough where it only counts that there is one. */
export function rawLast(metric: string, seconds: number, matchers = ""): string {
  const selector = matchers === "" ? metric : `${metric}{${matchers}}`;
  return `last_over_time(${selector}[${duration(seconds)}])`;
}
