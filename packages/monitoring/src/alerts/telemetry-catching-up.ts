/**
 * Alert 18, the part that mutes: rows do not come in, or are still on their way after that. Not a page: what is wrong has its own, which
 * waits until it is no restart; this one does not wait, so that nothing that only time makes pages meanwhile (decision 137).
 */
import { type TelemetryAlertKey, TRANSPORT_MARGIN_SECONDS } from "@worker-watchdog/sdk/policy";
import { duration } from "../rules/durations.ts";
import { EVALUATION } from "../rules/evaluation-gap.ts";
import { because, ofServer, quickSeconds } from "../rules/pipeline-expressions.ts";
import { SERVER_METRICS } from "../rules/server-metrics.ts";
import type { RuleContext } from "./alert-definition.ts";
import { telemetryAlert } from "./telemetry-alert.ts";
import { evaluationGap } from "./telemetry-evaluation-gap.ts";

/** Ticks without an evaluation that are no gap: one that came late, and its neighbours. */
const TICKS_OF_NO_GAP = 3;

/** Each cause that mutes, with the alert that pages for it: what nobody would be told of must not mute. */
const CAUSES: readonly (readonly [TelemetryAlertKey, (context: RuleContext) => string])[] = [
  ["telemetry_evaluation_gap", notEvaluated],
  ["telemetry_collector_down", noCollector],
  ["telemetry_exports_stuck", nothingSent],
];

function notEvaluated({ policy }: RuleContext): string {
  const interval = policy.pipeline.rule_interval_seconds;
  // No shorter than what every other cause is looked at for.
  const gap = Math.max(TICKS_OF_NO_GAP * interval, quickSeconds(policy));
  // Told twice: what Prometheus sends before it knows its Alertmanagers, in its first seconds, is lost for a minute.
  const later = Math.max(interval, 2 * TRANSPORT_MARGIN_SECONDS);
  return `${because("evaluation_gap", evaluationGap(gap, gap))}
or
${because("evaluation_gap_again", evaluationGap(gap, gap, ` offset ${duration(later)}`))}`;
}

/** One that was never up has nothing to catch up with: what is only being set up mutes nobody. */
function noCollector({ policy, ranges }: RuleContext): string {
  const up = (seconds: number): string =>
    `max(max_over_time(${ofServer("collector", SERVER_METRICS.up, policy)}[${duration(seconds)}])) == 1`;
  return because("collector_down", `${up(ranges.openSeconds)} unless ${up(quickSeconds(policy))}`);
}

function nothingSent({ policy }: RuleContext): string {
  const window = duration(quickSeconds(policy));
  const exporter = `exporter="${policy.telemetry.exporter}"`;
  const size = ofServer("collector", SERVER_METRICS.queueSize, policy, exporter);
  const sent = ofServer("collector", SERVER_METRICS.sentPoints, policy, exporter);
  return because(
    "nothing_sent",
    `sum(min_over_time(${size}[${window}])) > 0
and on ()
(sum(increase(${sent}[${window}])) == 0 or on () absent(${sent}))`,
  );
}

export const telemetryCatchingUp = telemetryAlert({
  key: "telemetry_catching_up",
  // In the workers' own group, so that it is never a tick behind what it mutes.
  area: "worker",
  severity: "low",
  opening: "pages that only time makes are held back until telemetry is here",
  state: () => "telemetry_catching_up: {{ $labels.reason }}",
  summary: () =>
    "Rows do not come in, or are still on their way ({{ $labels.reason }}): what only time makes is muted.",
  description: ({ telemetry }) =>
    `Nobody is told by this: after ${telemetry.failing_seconds} s the cause pages by itself. It ends once rows had time to come in.`,
  evidence: EVALUATION.gap,
  expr: (context) =>
    CAUSES.filter(([key]) => !context.policy.alerts.disabled.includes(key))
      .map(([, cause]) => cause(context))
      .join("\nor\n") || "vector(0) < 0",
  keepFiringForSeconds: ({ ranges }) => ranges.catchUpSeconds,
  runbook: {
    meaning:
      "Rows of workers do not come in: no Collector is up, or nothing that they export arrives, or Prometheus was away. Then every worker looks dead and every lease runs out. While that lasts, and until telemetry has caught up, alerts that only time makes notify nobody: 1, 4's lease part, 6, 7, 8 and 14.",
    impact:
      "A job that stalls meanwhile is told late, once telemetry is back. Events (rejections, failed phases, deaths of sessions) are not muted.",
    firstLook: [
      { shows: "why, and since when", expr: 'ALERTS_FOR_STATE{alertname="TelemetryCatchingUp"}' },
      {
        shows: "the newest sign of life of any worker, in seconds ago",
        expr: `time() - max(worker:worker_alive_at_seconds:max)`,
      },
    ],
    alreadyTried: "Collectors keep what workers send on disk; workers keep their newest rows.",
    steps: [
      "It is on for minutes: the page for its cause (telemetry_collector_down, telemetry_exports_stuck, telemetry_evaluation_gap) says what to do.",
      "It comes and goes without one: a Collector or Prometheus restarts often, or Prometheus reaches it badly.",
    ],
    never: ["Do not switch it off during an outage: every worker would page as dead."],
    escalation: "None of its own: its cause pages.",
  },
});
