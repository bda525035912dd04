/** Alert 18: an instrument has more attribute sets than its limit, and what is past it falls into one series. */
import { OVERFLOW_LABEL } from "../rules/server-metrics.ts";
import { telemetryAlert } from "./telemetry-alert.ts";

const OVERFLOWN = `{${OVERFLOW_LABEL}="true"}`;

export const telemetryCardinalityOverflow = telemetryAlert({
  key: "telemetry_cardinality_overflow",
  opening: "metrics of workers have collapsed into one: too many attribute sets",
  state: () => "telemetry_cardinality_overflow: of {{ $labels.job }}",
  summary: () => "An instrument of {{ $labels.job }} ({{ $labels.instance }}) is past its limit of attribute sets.",
  description: () =>
    "{{ $value }} series hold what is past a limit (2,000 by default). Workers in it can not be told apart.",
  evidence: OVERFLOWN,
  expr: () => `count by (job, instance) (${OVERFLOWN}) > 0`,
  runbook: {
    meaning:
      'OpenTelemetry SDKs and the Collector\'s connectors keep a bounded number of attribute sets for each instrument. One went past it, so all further sets share one series with `otel_metric_overflow="true"`.',
    impact:
      "Phase durations, or the counters of that process, are wrong for what came last. Rows, which pages are made of, have no such limit.",
    firstLook: [
      { shows: "which metrics", expr: `count by (__name__, job, instance) (${OVERFLOWN})` },
      { shows: "metrics with the most series", expr: 'topk(10, count by (__name__) ({__name__=~".+"}))' },
    ],
    alreadyTried: "Nothing: it lasts until the process starts again.",
    steps: [
      "Which attribute grew? Compare the values of each label of that metric: an id, a path or a message that was meant for a span.",
      "Take it out at its source, or in the Collector's `transform`; then restart the process.",
    ],
    never: [
      "Do not only raise the limit: an attribute without end reaches every limit, and Prometheus' memory with it.",
    ],
    escalation: "To the maintainer of the sender, with metric and label.",
  },
});
