/** Alert 18: no Collector, or one of several, answers; or one starts again and again. */
import { duration } from "../rules/durations.ts";
import { because, noneUp, ofServer } from "../rules/pipeline-expressions.ts";
import { SERVER_METRICS } from "../rules/server-metrics.ts";
import type { RuleContext } from "./alert-definition.ts";
import { failingSeconds, telemetryAlert } from "./telemetry-alert.ts";

/** Restarts are counted over so many times `failing_seconds`. */
const RESTART_WINDOWS = 4;

function expr(context: RuleContext): string {
  const { policy } = context;
  const { failing_seconds, restarts_warn_count } = policy.telemetry;
  const up = ofServer("collector", SERVER_METRICS.up, policy);
  const uptime = ofServer("collector", SERVER_METRICS.collectorUptime, policy);
  const window = duration(RESTART_WINDOWS * failing_seconds);
  return `${because("none_up", noneUp("collector", context))}
or
${because("one_down", `(max by (instance) (${up}) < 1) and on () max(${up}) == 1`)}
or
${because("restarting", `max by (instance) (resets(${uptime}[${window}])) >= ${restarts_warn_count}`)}`;
}

export const telemetryCollectorDown = telemetryAlert({
  key: "telemetry_collector_down",
  opening: "telemetry of workers does not come in: a Collector is down",
  state: () => "telemetry_collector_down: {{ $labels.reason }}",
  summary: () =>
    "Collector {{ if $labels.instance }}{{ $labels.instance }}{{ else }}(all of them){{ end }}: {{ $labels.reason }}.",
  description: ({ telemetry }) =>
    `For ${telemetry.failing_seconds} s: none_up, no Collector of job ${telemetry.collector_job} answers Prometheus; one_down, this one does not and others do; restarting, it restarted ${telemetry.restarts_warn_count} times or more.`,
  evidence: `${SERVER_METRICS.up} == 0`,
  expr,
  forSeconds: failingSeconds,
  runbook: {
    meaning:
      "Prometheus can not read a Collector's own metrics, so the Collector is down, unreachable, or starts again and again. `none_up`: no Collector at all answers. `one_down`: the one on the page does not. `restarting`: it crashes and comes back.",
    impact:
      "What its workers do is not seen. Workers go on; they keep their newest rows and send them when the Collector is back. While no Collector is up, pages that only time makes are muted (telemetry_catching_up).",
    firstLook: [
      { shows: "1 for each Collector that answers", expr: SERVER_METRICS.up },
      {
        shows: "seconds since each started",
        expr: SERVER_METRICS.collectorUptime,
      },
    ],
    alreadyTried:
      "Workers retry their exports; what the Collector had queued is on its disk and goes out when it starts.",
    steps: [
      "Is its process there? Read the last lines of its log: a configuration that it refuses, a port that is taken, a full disk, memory.",
      "It runs, and Prometheus can not reach it: look at the scrape target's error on Prometheus' page of targets.",
      "`restarting`: look for an exit on memory (`memory_limiter` is too high for its host), and at what was sent to it just before.",
      "Start it with its own folder (`WATCHDOG_COLLECTOR_DIRECTORY`): its queue is there.",
    ],
    never: ["Do not delete its queue: that is telemetry of workers that nobody else has."],
    escalation: "Not back within the hour: tell the platform owner that stopped workers are not seen, and since when.",
  },
});
