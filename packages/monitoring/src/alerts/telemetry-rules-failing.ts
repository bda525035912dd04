/** Alert 18: rules fail, or their group does not finish within its interval. */
import { duration } from "../rules/durations.ts";
import { because, ofServer, troubleSeconds } from "../rules/pipeline-expressions.ts";
import { SERVER_METRICS, type ServerMetric } from "../rules/server-metrics.ts";
import type { RuleContext } from "./alert-definition.ts";
import { failingSeconds, telemetryAlert } from "./telemetry-alert.ts";

/** Prometheus writes a group as `file;name`. */
const OURS = 'rule_group=~".+;worker-watchdog.*"';

function expr({ policy }: RuleContext): string {
  const window = duration(troubleSeconds(policy));
  const risen = (metric: ServerMetric): string =>
    `sum by (instance, rule_group) (increase(${ofServer("prometheus", metric, policy, OURS)}[${window}])) > 0`;
  return `${because("evaluation_failed", risen(SERVER_METRICS.evaluationFailures))}
or on (instance, rule_group)
${because("iterations_missed", risen(SERVER_METRICS.iterationsMissed))}`;
}

export const telemetryRulesFailing = telemetryAlert({
  key: "telemetry_rules_failing",
  opening: "the rules that page are not evaluated as they should be",
  state: () => "telemetry_rules_failing: {{ $labels.reason }}",
  summary: () => "Rule group {{ $labels.rule_group }} of {{ $labels.instance }}: {{ $labels.reason }}.",
  description: ({ telemetry }) =>
    `For ${telemetry.failing_seconds} s rules failed (evaluation_failed), or the group took longer than its interval and was left out (iterations_missed).`,
  evidence: `${SERVER_METRICS.evaluationFailures}{instance="{{ $labels.instance }}"}`,
  expr,
  forSeconds: failingSeconds,
  runbook: {
    meaning:
      "Prometheus can not evaluate some of the watchdog's rules, or not in time. A rule that fails neither fires nor ends.",
    impact:
      "Pages of the group come late or not at all. The group on the page says whether it is workers, pipeline or SLOs.",
    firstLook: [
      {
        shows: "failed evaluations in the last 15 minutes",
        expr: `sum by (rule_group) (increase(${SERVER_METRICS.evaluationFailures}[15m]))`,
      },
      {
        shows: "how long each group takes, as a share of its interval",
        expr: "prometheus_rule_group_last_duration_seconds / prometheus_rule_group_interval_seconds",
      },
    ],
    alreadyTried: "Prometheus evaluates every rule again at each interval.",
    steps: [
      "Prometheus' page of rules shows each rule's error and how long it took; its log has the same.",
      "`many-to-many` or `duplicate` errors: series of another system under the watchdog's names. Find it by its `job` and `instance`.",
      "`iterations_missed`: too many series, or a Prometheus that is short of CPU. Raise `pipeline.rule_interval_seconds` in the policy only for the time until it has more.",
    ],
    never: ["Do not edit the generated rules in place: change the policy and generate."],
    escalation: "At once to the platform owner if the group is `worker-watchdog`: no worker pages until it works.",
  },
});
