/** Alert 18: telemetry was refused for good, and is lost: by Prometheus, or whatever else a Collector exports to. */
import { minutes } from "../rules/durations.ts";
import { anyRose, because, rose } from "../rules/pipeline-expressions.ts";
import { EXPORTED, SERVER_METRICS } from "../rules/server-metrics.ts";
import type { RuleContext } from "./alert-definition.ts";
import { telemetryAlert } from "./telemetry-alert.ts";

/** Prometheus' OTLP receiver; too many requests is tried again. */
const REFUSED_OTLP = ['handler=~"/api/v1/otlp/.+"', 'code=~"4..",code!="429"'] as const;

function expr(context: RuleContext): string {
  const seconds = minutes(context.policy.thresholds.event_hold_minutes);
  // A Collector that was refused says so itself; what it does not know of was sent past it.
  return `${because("dropped", anyRose(EXPORTED.sendFailed, { by: "instance, exporter", seconds }, context))}
or on ()
${because("refused_by_prometheus", `sum by (instance) (\n${rose("prometheus", SERVER_METRICS.httpRequests, seconds, context, ...REFUSED_OTLP)}\n)`)}`;
}

export const telemetryExportsRefused = telemetryAlert({
  key: "telemetry_exports_refused",
  opening: "telemetry of workers is lost: an export was refused",
  state: () => "telemetry_exports_refused: {{ $labels.reason }}",
  summary: () =>
    "Telemetry was refused for good ({{ $labels.reason }}, {{ if $labels.exporter }}exporter {{ $labels.exporter }} of {{ else }}at {{ end }}{{ $labels.instance }}).",
  description: ({ thresholds }) =>
    `Within the last ${thresholds.event_hold_minutes} min. One point that is too old, too far ahead, or a delta costs its whole request. What is refused is not tried again.`,
  evidence: `${SERVER_METRICS.sendFailedPoints}{instance="{{ $labels.instance }}"}`,
  expr,
  runbook: {
    meaning:
      "Something that a Collector exports to has refused telemetry for good (`dropped`), or Prometheus' OTLP receiver has refused a request that came past the Collectors (`refused_by_prometheus`). An export that is only late is tried again and does not count here.",
    impact:
      "The request's points, spans or log records are lost. If a worker's rows were among them, its pages may be wrong until its next export.",
    firstLook: [
      {
        shows: "points dropped in the last hour, by exporter",
        expr: `sum by (instance, exporter) (increase(${SERVER_METRICS.sendFailedPoints}[1h]))`,
      },
      {
        shows: "answers of Prometheus' OTLP receiver",
        expr: `sum by (code) (increase(${SERVER_METRICS.httpRequests}{${REFUSED_OTLP[0]}}[1h]))`,
      },
      { shows: "samples that were too old", expr: "increase(prometheus_tsdb_too_old_samples_total[1h])" },
    ],
    alreadyTried: "Nothing: the receiver has said that the same request would be refused again.",
    steps: [
      "Read the Collector's log for `Exporting failed. Dropping data.`, and Prometheus' log at the same time: it names the metric and the reason.",
      "Too old: `out_of_order_time_window` must be as long as the longest outage that the queue bridges (2h). Too far ahead, or a delta: the sender does not go through `transform/clamp` and `deltatocumulative`.",
      "An exporter to another store (traces, logs): its address, its credentials, the signals that it takes.",
    ],
    never: ["Do not raise `out_of_order_time_window` to hide a clock that is wrong: set the clock."],
    escalation: "If it goes on: tell the maintainer of the sender, with the metric that Prometheus' log names.",
  },
});
