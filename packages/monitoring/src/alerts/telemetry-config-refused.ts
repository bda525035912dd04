/** Alert 18: Prometheus or Alertmanager goes on with an old configuration, for it refuses the new one. */
import { ofServer } from "../rules/pipeline-expressions.ts";
import { SERVER_METRICS } from "../rules/server-metrics.ts";
import { failingSeconds, telemetryAlert } from "./telemetry-alert.ts";

export const telemetryConfigRefused = telemetryAlert({
  key: "telemetry_config_refused",
  opening: "a changed configuration of the paging pipeline is not in force",
  state: () => "telemetry_config_refused: {{ $labels.job }}",
  summary: () => "{{ $labels.job }} at {{ $labels.instance }} refuses its configuration and goes on with the last one.",
  description: ({ telemetry }) =>
    `Its last reload failed, ${telemetry.failing_seconds} s ago or more. At its next start it will not come up.`,
  evidence: `{__name__=~".+_config_last_reload_successful",instance="{{ $labels.instance }}"}`,
  expr: ({ policy }) =>
    [
      ofServer("prometheus", SERVER_METRICS.prometheusReloaded, policy),
      ofServer("alertmanager", SERVER_METRICS.alertmanagerReloaded, policy),
    ]
      .map((reloaded) => `max by (job, instance) (${reloaded}) < 1`)
      .join("\nor\n"),
  forSeconds: failingSeconds,
  runbook: {
    meaning: "The server was told to read its configuration again and refused it. It works on with the one before.",
    impact: "What was changed (rules, routes, receivers) does not hold, and the server will not start with this file.",
    firstLook: [
      { shows: "0 where the last reload failed", expr: '{__name__=~".+_config_last_reload_successful"}' },
      { shows: "when the last good one was", expr: '{__name__=~".+_config_last_reload_success_timestamp_seconds"}' },
    ],
    alreadyTried: "Nothing: it waits for the next reload.",
    steps: [
      "`promtool check config` or `amtool check-config` on the file names line and reason; the server's log does too.",
      "A generated file: correct the policy, and generate again with `watchdog generate`.",
      "Reload, and see this alert end.",
    ],
    never: ["Do not restart the server to try: with a file that it refuses it does not start."],
    escalation: "To whoever made the change; at the due time to the platform owner.",
  },
});
