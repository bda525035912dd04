/** Alert 18: rules that fail or come too late, a Prometheus that was away, and configurations that are refused. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { EVALUATION } from "../../rules/evaluation-gap.ts";
import { SERVER_METRICS } from "../../rules/server-metrics.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { type Step, serverSeries, steppedSeries } from "../server-series.ts";

const FAILING = "telemetry_rules_failing";
const REFUSED = "telemetry_config_refused";
const GAP = "telemetry_evaluation_gap";

export function rulesFail(policy: Policy): Scenario {
  const { ticks } = setting(policy);
  const failing = ticks.from(policy.telemetry.failing_seconds);
  const at = 2 * ticks.step;
  const end = at + failing + 2 * ticks.step;
  const until = end + failing + 2 * ticks.step;
  const rising: readonly Step[] = [
    [0, 0],
    ...Array.from({ length: (end - at) / ticks.step + 1 }, (_, index) => [at + index * ticks.step, index + 1] as const),
  ];
  const once: readonly Step[] = [
    [0, 0],
    [at, 1],
  ];
  const [ours, slow, others, twice] = [
    "/etc/worker-watchdog.rules.yml;worker-watchdog",
    "/etc/worker-watchdog.rules.yml;worker-watchdog-deep",
    "/etc/other.yml;other",
    "/etc/worker-watchdog-slo.rules.yml;worker-watchdog-slo",
  ];
  return {
    name: "rules: one group fails, another misses its ticks; one that failed once and somebody else's are silent",
    series: serverSeries(policy, {
      server: "prometheus",
      instance: "p1",
      metrics: [
        { metric: SERVER_METRICS.evaluationFailures, labels: { rule_group: ours }, steps: rising },
        { metric: SERVER_METRICS.iterationsMissed, labels: { rule_group: ours }, steps: rising },
        { metric: SERVER_METRICS.iterationsMissed, labels: { rule_group: slow }, steps: rising },
        { metric: SERVER_METRICS.evaluationFailures, labels: { rule_group: others }, steps: rising },
        { metric: SERVER_METRICS.evaluationFailures, labels: { rule_group: twice }, steps: once },
      ],
      until,
    }),
    expectations: [
      ...silent([FAILING], at, at + failing - ticks.step),
      ...fires(
        FAILING,
        [
          { labels: { instance: "p1", rule_group: ours, reason: "evaluation_failed" }, value: 0 },
          { labels: { instance: "p1", rule_group: slow, reason: "iterations_missed" }, value: 0 },
        ],
        at + failing,
        end,
      ),
      ...silent([FAILING], until),
    ],
  };
}

export function evaluationGaps(policy: Policy): Scenario {
  const { ticks } = setting(policy);
  const { failing_seconds } = policy.telemetry;
  const hold = ticks.from(failing_seconds);
  const short = 4 * ticks.step;
  const long = short + hold + 2 * ticks.step;
  // What the record rule finds in its first tick after a gap; that rule itself has none in this test.
  const gap = (at: number, seconds: number): readonly Step[] => [
    [at, seconds],
    [at + ticks.step, ticks.step],
  ];
  return {
    name: "a gap between two evaluations: one as long as a restart is silent, a longer one pages, and no gap does not",
    series: [
      steppedSeries(
        policy,
        `${EVALUATION.gap}{replica="2"}`,
        [...gap(short, failing_seconds), ...gap(long, failing_seconds + 1)],
        long + 2 * hold,
      ),
    ],
    expectations: [
      ...silent([GAP], 0, ticks.step, short, short + ticks.step, long - ticks.step),
      ...fires(GAP, [{ labels: {}, value: failing_seconds + 1 }], long, long + hold - ticks.step),
      ...silent([GAP], long + hold),
    ],
  };
}

export function configRefused(policy: Policy): Scenario {
  const { ticks } = setting(policy);
  const { failing_seconds, prometheus_job, alertmanager_job } = policy.telemetry;
  const failing = ticks.from(failing_seconds);
  const at = 2 * ticks.step;
  const end = at + failing + 2 * ticks.step;
  const steps: readonly Step[] = [
    [0, 1],
    [at, 0],
    [end, 1],
  ];
  const edited: readonly Step[] = [
    [0, 1],
    [at, 0],
    [at + failing - ticks.step, 1],
  ];
  return {
    name: "configurations: refused for long by Prometheus and Alertmanager, and for a short edit",
    series: [
      ...serverSeries(policy, {
        server: "prometheus",
        instance: "p1",
        metrics: [{ metric: SERVER_METRICS.prometheusReloaded, steps }],
        until: end,
      }),
      ...serverSeries(policy, {
        server: "alertmanager",
        instance: "a1",
        metrics: [{ metric: SERVER_METRICS.alertmanagerReloaded, steps }],
        until: end,
      }),
      ...serverSeries(policy, {
        server: "alertmanager",
        instance: "a2",
        metrics: [{ metric: SERVER_METRICS.alertmanagerReloaded, steps: edited }],
        until: end,
      }),
    ],
    expectations: [
      ...silent([REFUSED], at + failing - ticks.step),
      ...fires(
        REFUSED,
        [
          { labels: { job: prometheus_job, instance: "p1" }, value: 0 },
          { labels: { job: alertmanager_job, instance: "a1" }, value: 0 },
        ],
        at + failing,
        end - ticks.step,
      ),
      ...silent([REFUSED], end),
    ],
  };
}
