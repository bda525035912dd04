/** The dead man's switch: always firing. Its absence at the far end says that paging itself is broken. */
import type { AlertDefinition } from "./alert-definition.ts";

export const watchdog: AlertDefinition = {
  key: "watchdog",
  number: 18,
  name: "Watchdog",
  // Nobody is paged by it: a service outside pages when it stops coming.
  severity: "low",
  owner: "pls_ops",
  nextAction: "inspect_pipeline",
  phase: "none",
  scope: "pipeline",
  area: "pipeline",
  opening: "the paging pipeline works",
  state: () => "watchdog: always firing; its absence is the alarm",
  summary: () => "The dead man's switch: rules are evaluated and Alertmanager delivers.",
  description: () =>
    "If the receiver outside stops getting this, Prometheus, its rules, Alertmanager or the way out is broken.",
  // It always is. Said all the same: linters take an alert without a condition for a mistake.
  expr: () => "vector(1) > 0",
  runbook: {
    meaning:
      "This alert always fires. It is sent to a service outside (a dead man's switch) that pages when it has not come for some minutes. So the page you got came from there.",
    impact: "While it is missing no other page can be trusted to arrive.",
    firstLook: [
      { shows: "1 while rules are evaluated", expr: 'ALERTS{alertname="Watchdog"}' },
      {
        shows: "failed rule evaluations",
        expr: "sum by (rule_group) (increase(prometheus_rule_evaluation_failures_total[15m]))",
      },
      { shows: "alerts that could not be sent", expr: "sum(increase(prometheus_notifications_dropped_total[15m]))" },
    ],
    alreadyTried: "Prometheus and Alertmanager retry delivery by themselves.",
    steps: [
      "Is Prometheus up, and does it evaluate rules? Is Alertmanager up, and is it in Prometheus' list of Alertmanagers?",
      "Does Alertmanager's log show failed notifications to the dead man's switch?",
      "Until it is back, watch the Fleet dashboard by eye.",
      "When it is back: `watchdog page-test` shows whether every owner's receiver gets a page.",
    ],
    never: ["Do not silence this alert: that silences the proof that paging works."],
    escalation: "At once to the platform owner, by a way that does not go through Alertmanager.",
  },
};
