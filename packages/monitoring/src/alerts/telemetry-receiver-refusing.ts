/** Alert 18: a Collector takes no telemetry of workers, with nothing wrong behind it. */
import { anyRose, troubleSeconds } from "../rules/pipeline-expressions.ts";
import { EXPORTED, REFUSED, SERVER_METRICS } from "../rules/server-metrics.ts";
import type { RuleContext } from "./alert-definition.ts";
import { failingSeconds, telemetryAlert } from "./telemetry-alert.ts";

function expr(context: RuleContext): string {
  const seconds = troubleSeconds(context.policy);
  // A full queue is refused at the receiver as well: that is telemetry_exports_stuck.
  return `${anyRose(REFUSED, { by: "instance", seconds }, context)}
unless on (instance)
${anyRose(EXPORTED.enqueueFailed, { by: "instance", seconds }, context)}`;
}

export const telemetryReceiverRefusing = telemetryAlert({
  key: "telemetry_receiver_refusing",
  opening: "telemetry of workers does not come in: a Collector refuses it",
  state: () => "telemetry_receiver_refusing: {{ $labels.instance }}",
  summary: () => "Collector {{ $labels.instance }} refuses what workers send.",
  description: ({ telemetry }) =>
    `For ${telemetry.failing_seconds} s points, spans or log records were refused: most often by memory_limiter.`,
  evidence: `${SERVER_METRICS.refusedPoints}{instance="{{ $labels.instance }}"}`,
  expr,
  forSeconds: failingSeconds,
  runbook: {
    meaning:
      "A Collector answers workers with an error, again and again. Most often its `memory_limiter` protects it: more comes in than goes out.",
    impact: "Workers try again; what they replace meanwhile (older points, spans beyond their own queue) is lost.",
    firstLook: [
      {
        shows: "points refused a second",
        expr: `sum by (instance, receiver) (rate(${SERVER_METRICS.refusedPoints}[5m]))`,
      },
      {
        shows: "memory of each Collector",
        expr: "otelcol_process_memory_rss",
      },
    ],
    alreadyTried: "Workers repeat a refused export with a growing wait.",
    steps: [
      "Read the Collector's log: it says which processor refused, and why.",
      "`memory_limiter`: raise `limit_mib` with the host's memory, or add a Collector.",
      "One sender floods it: the counter of accepted points by receiver, and the worker's `worker_pool`, tell who.",
    ],
    never: ["Do not take `memory_limiter` out: a Collector that is killed for memory loses more."],
    escalation: "Still refusing at the due time: tell the platform owner, with the pools that are concerned.",
  },
});
