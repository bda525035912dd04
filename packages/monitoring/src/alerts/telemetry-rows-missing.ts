/** Alert 18: a worker claims, and none of the rows that pages are made of come in: its own MeterProvider drops them (design §4). */
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { duration } from "../rules/durations.ts";
import { WORKER } from "../rules/labels.ts";
import { failingSeconds, telemetryAlert } from "./telemetry-alert.ts";

const claims = METRICS.claims.prometheusName;
const alive = METRICS.aliveAt.prometheusName;
const OF_WORKER = `{worker_pool="{{ $labels.worker_pool }}",worker_id="{{ $labels.worker_id }}"}`;

export const telemetryRowsMissing = telemetryAlert({
  key: "telemetry_rows_missing",
  scope: "worker",
  opening: "worker claims jobs, and nothing can page for it: its rows do not come in",
  state: () => "telemetry_rows_missing: claims are counted, and there are no rows",
  summary: () =>
    "Worker {{ $labels.worker_id }} of pool {{ $labels.worker_pool }} counts claims, and none of its rows come in.",
  description: ({ telemetry }) =>
    `For ${telemetry.failing_seconds} s its claim counter came in without a sign of life beside it. No alert about its jobs can fire.`,
  evidence: `${claims}${OF_WORKER}`,
  expr: ({ ranges }) => `group by (${WORKER}) (last_over_time(${claims}[${duration(ranges.claimsSeconds)}]))
unless on (${WORKER})
group by (${WORKER}) (last_over_time(${alive}[${duration(ranges.rowsMissingSeconds)}]))`,
  forSeconds: failingSeconds,
  runbook: {
    meaning:
      "The worker's claim counter comes in, so it runs and exports; but no row does. Its MeterProvider is its own, and its metric reader was not told of the rows, or a view or a Collector drops them.",
    impact:
      "Whatever happens to this worker and its jobs, nobody is paged. Alerts that its last rows would still make are muted.",
    firstLook: [
      { shows: "its claims", expr: `${claims}{worker_pool="$pool",worker_id="$worker"}` },
      { shows: "its last sign of life", expr: `last_over_time(${alive}{worker_pool="$pool",worker_id="$worker"}[3h])` },
    ],
    alreadyTried: "The library says it once on the worker's standard error, with the next step.",
    steps: [
      "`telemetryHealth()` in the worker, or `watchdog doctor` beside it, says what is missing.",
      "An SDK of its own: give its metric reader `metricProducers: [watchdogMetricProducer()]` (docs/concepts/telemetry.md).",
      "Two copies of @opentelemetry/api in its project: `watchdog doctor` names them.",
    ],
    never: ["Do not count the worker as watched until its rows come in."],
    escalation: "To the worker's maintainer, with pool and worker.",
  },
});
