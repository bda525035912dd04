/** Alert 18: Alertmanager does not get its notifications rid. */
import { duration } from "../rules/durations.ts";
import { ofServer, troubleSeconds } from "../rules/pipeline-expressions.ts";
import { SERVER_METRICS } from "../rules/server-metrics.ts";
import { failingSeconds, telemetryAlert } from "./telemetry-alert.ts";

export const telemetryNotificationsFailing = telemetryAlert({
  key: "telemetry_notifications_failing",
  opening: "pages do not reach a receiver: Alertmanager's notifications fail",
  state: () => "telemetry_notifications_failing: {{ $labels.integration }}",
  summary: () => "Notifications of Alertmanager {{ $labels.instance }} by {{ $labels.integration }} fail.",
  description: ({ telemetry }) =>
    `For ${telemetry.failing_seconds} s notifications failed after all their retries. This page itself may take the way that fails.`,
  evidence: `${SERVER_METRICS.notificationsFailed}{instance="{{ $labels.instance }}"}`,
  expr: ({ policy }) =>
    `sum by (instance, integration) (increase(${ofServer("alertmanager", SERVER_METRICS.notificationsFailed, policy)}[${duration(troubleSeconds(policy))}])) > 0`,
  forSeconds: failingSeconds,
  runbook: {
    meaning:
      "A receiver (a webhook, LINE, e-mail) refuses or does not answer, and Alertmanager's retries within one notification did not help. It tries again at the next group interval.",
    impact: "Pages to that receiver do not arrive. Which receiver it is, Alertmanager's log says.",
    firstLook: [
      {
        shows: "failed notifications in the last 15 minutes, by way and reason",
        expr: `sum by (integration, reason) (increase(${SERVER_METRICS.notificationsFailed}[15m])) > 0`,
      },
    ],
    alreadyTried:
      "Alertmanager retries each notification until its group interval ends, and then again for as long as the alert fires.",
    steps: [
      "Alertmanager's log names receiver, address and answer (`Notify for alerts failed`).",
      "`clientError`, `authError`: the address in the receiver's `url_file`, or a token that has run out.",
      "The other side is down: tell its owner, and read open alerts in Alertmanager until it works.",
      "It is the dead man's switch's receiver: the service outside will page for it as well.",
    ],
    never: ["Do not take the receiver out of the routes: its alerts would go to nobody."],
    escalation: "At once to the owners whose pages do not arrive, by another way.",
  },
});
