/** Alert 18: Prometheus was away. Told when it is back: while it is gone the dead man's switch tells (decision 138). */
import { duration } from "../rules/durations.ts";
import { EVALUATION } from "../rules/evaluation-gap.ts";
import type { RuleContext } from "./alert-definition.ts";
import { telemetryAlert } from "./telemetry-alert.ts";

/** Gaps of more than `seconds` within the last `window` seconds, as their length. */
export function evaluationGap(seconds: number, window: number, offset = ""): string {
  return `max(max_over_time(${EVALUATION.gap}[${duration(window)}]${offset})) > ${seconds}`;
}

export const telemetryEvaluationGap = telemetryAlert({
  key: "telemetry_evaluation_gap",
  opening: "nobody was paged for a while: the rules were not evaluated",
  state: () => "telemetry_evaluation_gap: Prometheus was away and is back",
  summary: () => "The rules were not evaluated for a while; Prometheus was down or too busy.",
  description: ({ telemetry }) =>
    `{{ $value }} s went by between two evaluations. More than ${telemetry.failing_seconds} s are told, for as long again.`,
  evidence: EVALUATION.gap,
  expr: ({ policy: { telemetry } }: RuleContext) => evaluationGap(telemetry.failing_seconds, telemetry.failing_seconds),
  runbook: {
    meaning:
      "Prometheus did not evaluate the watchdog's rules for longer than a restart takes, and does so again. While it was away, only the dead man's switch could tell. This page ends by itself.",
    impact:
      "What should have paged meanwhile pages now, if its cause still holds. Telemetry waited in the Collectors' queues and comes in late; until it is here, pages that only time makes are muted (telemetry_catching_up).",
    firstLook: [
      { shows: "the gap, in seconds", expr: `max_over_time(${EVALUATION.gap}[15m])` },
      { shows: "when Prometheus started", expr: "process_start_time_seconds" },
    ],
    alreadyTried: "The Collectors kept what workers sent, on disk, and send it now.",
    steps: [
      "Why was it away? Its log ends with a signal, an error or nothing (killed, for memory or by its host).",
      "Is the queue of each Collector empty again (telemetry_exports_stuck otherwise)?",
      "An outage longer than `out_of_order_time_window` (2h): what is older was refused, and telemetry_exports_refused says so.",
    ],
    never: ["Do not restart it again to be sure: each start delays pages once more."],
    escalation: "A second time within a day: tell the platform owner.",
  },
});
