/** Alert 18: Collectors that are down, gone, start again and again, or refuse what workers send. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { EXPORTED, REFUSED, SERVER_METRICS } from "../../rules/server-metrics.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { type Step, serverSeries } from "../server-series.ts";

const ALERT = "telemetry_collector_down";
const because = (reason: string, instance?: string) => ({
  labels: { reason, ...(instance === undefined ? {} : { instance }) },
  value: 0,
});

export function collectorsDown(policy: Policy): Scenario {
  const { ticks } = setting(policy);
  const failing = ticks.from(policy.telemetry.failing_seconds);
  const restart = ticks.step;
  const oneDown = restart + 4 * ticks.step;
  const noneUp = oneDown + failing + 2 * ticks.step;
  const back = noneUp + failing + 2 * ticks.step;
  const until = back + failing + 2 * ticks.step;
  return {
    name: "Collectors: a restart is silent, one of two is down, then both, and one is back",
    series: [
      ...serverSeries(policy, {
        server: "collector",
        instance: "c1",
        up: [
          [0, 1],
          [restart, 0],
          [2 * restart, 1],
          [oneDown, 0],
          [back, 1],
        ],
        until,
      }),
      // The second one is taken away in place of failing; it never comes back, as after a deploy.
      ...serverSeries(policy, {
        server: "collector",
        instance: "c2",
        up: [
          [0, 1],
          [noneUp, "gone"],
        ],
        until,
      }),
    ],
    expectations: [
      ...silent([ALERT], restart, oneDown, oneDown + failing - ticks.step),
      ...fires(ALERT, [because("one_down", "c1")], oneDown + failing, noneUp - ticks.step),
      ...silent([ALERT], noneUp, noneUp + failing - ticks.step),
      ...fires(ALERT, [because("none_up")], noneUp + failing, back - ticks.step),
      ...silent([ALERT], back, until),
    ],
  };
}

export function collectorRestarts(policy: Policy): Scenario {
  const { ticks } = setting(policy);
  const { failing_seconds, restarts_warn_count: count } = policy.telemetry;
  const failing = ticks.from(failing_seconds);
  const times = (restarts: number): readonly Step[] =>
    Array.from({ length: restarts + 1 }, (_, index) => index).flatMap((index): readonly Step[] => [
      [2 * index * ticks.step, 5],
      [(2 * index + 1) * ticks.step, 15],
    ]);
  const collector = (instance: string, restarts: number, until: number) =>
    serverSeries(policy, {
      server: "collector",
      instance,
      metrics: [{ metric: SERVER_METRICS.collectorUptime, steps: times(restarts) }],
      until,
    });
  const last = 2 * count * ticks.step;
  const over = ticks.from(last + 4 * failing_seconds) + 2 * ticks.step;
  return {
    name: "Collectors: one restarts again and again, another once less",
    series: [...collector("crashes", count, over), ...collector("deployed", count - 1, over)],
    expectations: [
      ...silent([ALERT], last - ticks.step, last + failing - ticks.step),
      ...fires(ALERT, [because("restarting", "crashes")], last + failing),
      ...silent([ALERT], over),
    ],
  };
}

export function receiverRefuses(policy: Policy): Scenario {
  const { ticks } = setting(policy);
  const failing = ticks.from(policy.telemetry.failing_seconds);
  const first = 4 * ticks.step;
  const until = first + 2 * failing + 8 * ticks.step;
  const rising = (from: number, to: number): readonly Step[] =>
    Array.from({ length: (to - from) / ticks.step + 1 }, (_, index) => [from + index * ticks.step, index + 1]);
  const end = first + failing + 2 * ticks.step;
  const labels = { receiver: "otlp", transport: "http" };
  // Points, spans and log records, each at a Collector of its own.
  const refusing = (name: string, steps: readonly Step[], more: readonly Step[] = []) =>
    REFUSED.flatMap((metric, signal) =>
      serverSeries(policy, {
        server: "collector",
        instance: `${name}-${metric}`,
        metrics: [
          { metric, labels, steps },
          ...EXPORTED.enqueueFailed
            .filter((_, index) => index === signal && more.length > 0)
            .map((failed) => ({ metric: failed, labels: { exporter: "e" }, steps: more })),
        ],
        until,
      }),
    );
  return {
    name: "Collectors: one refuses what workers send for long, one did once, one has a full queue behind it",
    series: [
      ...refusing("refuses", rising(first, end)),
      ...refusing("once", [[first, 9]]),
      ...refusing("full", rising(first, end), rising(first, end)),
    ],
    expectations: [
      ...silent(["telemetry_receiver_refusing"], first, first + failing - ticks.step),
      ...fires(
        "telemetry_receiver_refusing",
        REFUSED.map((metric) => ({ labels: { instance: `refuses-${metric}` }, value: 0 })),
        first + failing,
        end,
      ),
      ...silent(["telemetry_receiver_refusing"], ticks.from(end + policy.telemetry.failing_seconds / 2) + ticks.step),
    ],
  };
}
