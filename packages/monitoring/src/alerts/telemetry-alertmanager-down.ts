/** Alert 18: no alert reaches an Alertmanager. Delivered when one is back; while none is, the dead man's switch tells (decision 138). */
import { duration } from "../rules/durations.ts";
import { because, noneUp, ofServer, troubleSeconds } from "../rules/pipeline-expressions.ts";
import { SERVER_METRICS } from "../rules/server-metrics.ts";
import type { RuleContext } from "./alert-definition.ts";
import { failingSeconds, telemetryAlert } from "./telemetry-alert.ts";

function expr(context: RuleContext): string {
  const { policy } = context;
  const offset = ` offset ${duration(troubleSeconds(policy))}`;
  const [sent, lost, found] = [
    SERVER_METRICS.alertsSent,
    SERVER_METRICS.alertsNotSent,
    SERVER_METRICS.alertmanagersFound,
  ].map((metric) => ofServer("prometheus", metric, policy));
  // `sent` counts what failed as well. Each Alertmanager of a cluster gets everything: one that works is enough.
  const arrived = (then: string): string => `sum by (instance) (${sent}${then} - ${lost}${then})`;
  return `${because("none_up", noneUp("alertmanager", context))}
or on ()
${because("none_found", `max by (instance) (${found}) < 1`)}
or on ()
${because(
  "no_alert_arrives",
  `${arrived("")} <= ${arrived(offset)}
and on (instance)
sum by (instance) (${sent} > ${sent}${offset})`,
)}`;
}

export const telemetryAlertmanagerDown = telemetryAlert({
  key: "telemetry_alertmanager_down",
  opening: "pages were not delivered: alerts do not reach Alertmanager",
  state: () => "telemetry_alertmanager_down: {{ $labels.reason }}",
  summary: () => "Alerts do not reach Alertmanager ({{ $labels.reason }}).",
  description: ({ telemetry }) =>
    `For ${telemetry.failing_seconds} s: none_up, none answers; none_found, Prometheus knows none; no_alert_arrives, every alert that it sends fails. This page can only come once one works again.`,
  evidence: SERVER_METRICS.alertsNotSent,
  expr,
  forSeconds: failingSeconds,
  // Prometheus hands a firing alert over again once a minute: it must still fire when there is somebody to take it.
  keepFiringForSeconds: ({ policy: { telemetry } }) => telemetry.failing_seconds,
  runbook: {
    meaning:
      "Prometheus could not hand its alerts to any Alertmanager. The page comes through Alertmanager, so it works again when you read this, or another one of the cluster took it.",
    impact: "Nobody was paged meanwhile, except by the dead man's switch. What still holds pages now.",
    firstLook: [
      {
        shows: "1 for each Alertmanager that answers",
        expr: SERVER_METRICS.up,
      },
      { shows: "Alertmanagers that Prometheus knows", expr: SERVER_METRICS.alertmanagersFound },
      { shows: "alerts that did not arrive", expr: `increase(${SERVER_METRICS.alertsNotSent}[15m])` },
    ],
    alreadyTried:
      "Prometheus sends every alert that fires again, once a minute or as `--rules.alert.resend-delay` says.",
    steps: [
      "Why was it away? Its log, its host, its configuration (`amtool check-config`).",
      "Is it in `alerting.alertmanagers` of Prometheus' configuration, at the address where it listens?",
      "Did the dead man's switch page while it was away? If not, repair that first: it is the only page for this.",
    ],
    never: ["Do not silence the dead man's switch during a repair without a person who watches."],
    escalation: "Still away: to the platform owner at once, by a way that does not go through Alertmanager.",
  },
});
