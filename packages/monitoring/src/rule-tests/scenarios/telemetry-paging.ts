/** Alert 18: alerts that reach no Alertmanager, and notifications that reach no receiver. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { SERVER_METRICS } from "../../rules/server-metrics.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { type Step, serverSeries } from "../server-series.ts";

const DOWN = "telemetry_alertmanager_down";
const FAILING = "telemetry_notifications_failing";
const because = (reason: string, instance?: string) => ({
  labels: { reason, ...(instance === undefined ? {} : { instance }) },
  value: 0,
});

export function alertmanagerDown(policy: Policy): Scenario {
  const { ticks } = setting(policy);
  const failing = ticks.from(policy.telemetry.failing_seconds);
  const restart = ticks.step;
  const down = 4 * ticks.step;
  const back = down + failing + 2 * ticks.step;
  return {
    name: "Alertmanager: a restart is silent; down for long it pages when it is back, for a while",
    series: serverSeries(policy, {
      server: "alertmanager",
      instance: "a1",
      up: [
        [0, 1],
        [restart, 0],
        [restart + ticks.step, 1],
        [down, 0],
        [back, 1],
      ],
      until: back + 2 * failing,
    }),
    expectations: [
      ...silent([DOWN], restart, down, down + failing - ticks.step),
      ...fires(DOWN, [because("none_up")], down + failing, back, back + failing - ticks.step),
      ...silent([DOWN], back + failing),
    ],
  };
}

/** An Alertmanager that Prometheus does not scrape, or reaches and is refused by. */
export function alertsLost(policy: Policy): Scenario {
  const { ticks } = setting(policy);
  const { failing_seconds } = policy.telemetry;
  const failing = ticks.from(failing_seconds);
  const window = ticks.from(failing_seconds / 2);
  const until = 2 * (failing + window) + 4 * ticks.step;
  const counted = (from: number, to: number): readonly Step[] => [
    [0, 10],
    ...Array.from(
      { length: (to - from) / ticks.step + 1 },
      (_, index) => [from + index * ticks.step, index + 11] as const,
    ),
  ];
  const at = window + 2 * ticks.step;
  const none: readonly Step[] = [[0, 0]];
  const lost: readonly Step[] = counted(at, until).map(([time, value]) => [time, Number(value) - 10]);
  const prometheus = (instance: string, found: number, lostBy: Readonly<Record<string, boolean>>) =>
    serverSeries(policy, {
      server: "prometheus",
      instance,
      metrics: [
        { metric: SERVER_METRICS.alertmanagersFound, steps: [[0, found]] },
        ...Object.entries(lostBy).flatMap(([alertmanager, isLost]) => [
          { metric: SERVER_METRICS.alertsSent, labels: { alertmanager }, steps: counted(at, until) },
          {
            metric: SERVER_METRICS.alertsNotSent,
            labels: { alertmanager },
            steps: isLost ? lost : none,
          },
        ]),
      ] as const,
      until,
    });
  const idle = serverSeries(policy, {
    server: "prometheus",
    instance: "idle",
    metrics: [
      { metric: SERVER_METRICS.alertmanagersFound, steps: [[0, 1]] },
      { metric: SERVER_METRICS.alertsSent, labels: { alertmanager: "a" }, steps: [[0, 10]] },
      { metric: SERVER_METRICS.alertsNotSent, labels: { alertmanager: "a" }, steps: [[0, 0]] },
    ],
    until,
  });
  return {
    name: "Alertmanager: every alert that is sent fails; one of two that works, and one to whom nothing is sent, are silent",
    series: [...prometheus("lost", 2, { a: true, b: true }), ...prometheus("half", 2, { a: true, b: false }), ...idle],
    expectations: [
      ...silent([DOWN], at, at + failing - ticks.step),
      ...fires(DOWN, [because("no_alert_arrives", "lost")], at + window + failing, until),
    ],
  };
}

export function noAlertmanagerFound(policy: Policy): Scenario {
  const { ticks } = setting(policy);
  const failing = ticks.from(policy.telemetry.failing_seconds);
  return {
    name: "Alertmanager: Prometheus knows none",
    series: serverSeries(policy, {
      server: "prometheus",
      instance: "p1",
      metrics: [
        {
          metric: SERVER_METRICS.alertmanagersFound,
          steps: [
            [0, 1],
            [ticks.step, 0],
          ],
        },
      ],
      until: failing + 2 * ticks.step,
    }),
    expectations: [...silent([DOWN], failing), ...fires(DOWN, [because("none_found", "p1")], failing + ticks.step)],
  };
}

export function notificationsFail(policy: Policy): Scenario {
  const { ticks } = setting(policy);
  const failing = ticks.from(policy.telemetry.failing_seconds);
  const at = 2 * ticks.step;
  const end = at + failing + 2 * ticks.step;
  const until = end + failing;
  const rising: readonly Step[] = [
    [0, 0],
    ...Array.from({ length: (end - at) / ticks.step + 1 }, (_, index) => [at + index * ticks.step, index + 1] as const),
  ];
  const failed = (integration: string, reason: string, steps: readonly Step[]) => ({
    metric: SERVER_METRICS.notificationsFailed,
    labels: { integration, reason },
    steps,
  });
  return {
    name: "notifications: a webhook fails for long; an e-mail that failed once is silent",
    series: serverSeries(policy, {
      server: "alertmanager",
      instance: "a1",
      metrics: [
        failed("webhook", "other", rising),
        failed("webhook", "clientError", [[0, 0]]),
        failed("email", "other", [
          [0, 0],
          [at, 1],
        ]),
      ],
      until,
    }),
    expectations: [
      ...silent([FAILING], at, at + failing - ticks.step),
      ...fires(FAILING, [{ labels: { instance: "a1", integration: "webhook" }, value: 0 }], at + failing, end),
      ...silent([FAILING], until),
    ],
  };
}
