/** The newest value that any replica or instance told, of rows that only grow. */
import { duration } from "./durations.ts";

/** The highest last value of `metric` (as Prometheus names it) in `seconds`, for each set of the labels `by`. */
export function lastValue(by: string, metric: string, seconds: number, matchers = ""): string {
  const selector = matchers === "" ? metric : `${metric}{${matchers}}`;
  return `max by (${by}) (last_over_time(${selector}[${duration(seconds)}]))`;
}
