/**
 * How long the rules were not evaluated: Prometheus was down, or too busy. Read in the first tick after the gap, before any scrape, from
 * the last tick that was evaluated.
 */
import { duration } from "./durations.ts";
import type { Ranges } from "./ranges.ts";
import type { RecordingRule } from "./recording-rules.ts";

/** Names of the recorded series. */
export const EVALUATION = {
  gap: "rules:evaluation_gap_seconds:last",
  at: "rules:evaluated_at_seconds:last",
} as const;

/** In order: the gap is measured before this tick becomes the last one. */
export function evaluationRules({ stoppedSeconds }: Ranges): readonly RecordingRule[] {
  return [
    { record: EVALUATION.gap, expr: `time() - last_over_time(${EVALUATION.at}[${duration(stoppedSeconds)}])` },
    { record: EVALUATION.at, expr: "time()" },
  ];
}
