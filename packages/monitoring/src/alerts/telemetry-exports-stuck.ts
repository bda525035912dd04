/** Alert 18: telemetry waits in a Collector: nothing gets out, or less than comes in. */
import { duration } from "../rules/durations.ts";
import { anyRose, because, ofServer, troubleSeconds } from "../rules/pipeline-expressions.ts";
import { EXPORTED, SERVER_METRICS } from "../rules/server-metrics.ts";
import type { RuleContext } from "./alert-definition.ts";
import { failingSeconds, telemetryAlert } from "./telemetry-alert.ts";

const BY = "instance, exporter";

function expr(context: RuleContext): string {
  const { policy } = context;
  const seconds = troubleSeconds(policy);
  const window = duration(seconds);
  const [size, capacity] = [SERVER_METRICS.queueSize, SERVER_METRICS.queueCapacity].map((metric) =>
    ofServer("collector", metric, policy),
  );
  const full = Number((policy.telemetry.queue_warn_percent / 100).toFixed(6));
  const sent = EXPORTED.sent.map((metric) => `increase(${ofServer("collector", metric, policy)}[${window}]) > 0`);
  return `${because("queue_full", anyRose(EXPORTED.enqueueFailed, { by: BY, seconds }, context))}
or on (${BY})
${because(
  "nothing_sent",
  `max by (${BY}) (min_over_time(${size}[${window}]) > 0)
unless on (${BY})
sum by (${BY}) (
${sent.join("\nor\n")}
)`,
)}
or on (${BY})
${because("queue_filling", `max by (${BY}) (${size} / ${capacity}) >= ${full}`)}`;
}

export const telemetryExportsStuck = telemetryAlert({
  key: "telemetry_exports_stuck",
  opening: "telemetry of workers is stuck in a Collector",
  state: () => "telemetry_exports_stuck: {{ $labels.reason }}",
  summary: () =>
    "Exporter {{ $labels.exporter }} of Collector {{ $labels.instance }} does not get rid of its queue ({{ $labels.reason }}).",
  description: ({ telemetry }) =>
    `For ${telemetry.failing_seconds} s: nothing_sent, something waits and nothing goes out; queue_filling, the queue is fuller than ${telemetry.queue_warn_percent}%; queue_full, new telemetry is refused.`,
  evidence: `${SERVER_METRICS.queueSize}{instance="{{ $labels.instance }}"}`,
  expr,
  forSeconds: failingSeconds,
  runbook: {
    meaning:
      "A Collector's exporter can not hand on what it has: the other side is down, refuses for now, or is too slow. `queue_full` means that the Collector's queue has no room left.",
    impact:
      "Rows reach the rules late, or with `queue_full` not at all. While nothing reaches Prometheus, pages that only time makes are muted (telemetry_catching_up).",
    firstLook: [
      { shows: "requests that wait", expr: SERVER_METRICS.queueSize },
      {
        shows: "points sent a second",
        expr: `sum by (instance, exporter) (rate(${SERVER_METRICS.sentPoints}[5m]))`,
      },
    ],
    alreadyTried:
      "The exporter to Prometheus tries again without end, at most 10 s apart; its queue is on disk and outlives a restart.",
    steps: [
      "Read the Collector's log: `Exporting failed. Will retry` says what the other side answered.",
      "Prometheus: is `--web.enable-otlp-receiver` set, does the address hold, does a proxy between them refuse?",
      "Too slow: look at Prometheus' load, and at what sends most (`worker_pool`).",
      "Another exporter (`otlp_http/forward`) is stuck: pages do not depend on it, traces and logs there do.",
    ],
    never: ["Do not restart the Collector with another folder: its queue would stay behind."],
    escalation: "With `queue_full`, at once to the platform owner: telemetry is being lost.",
  },
});
