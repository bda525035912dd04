/** Alert 18: exports that are refused for good, and those that do not get out. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { minutes } from "../../rules/durations.ts";
import { EXPORTED, SERVER_METRICS, type ServerMetric } from "../../rules/server-metrics.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { type Step, serverSeries } from "../server-series.ts";

const REFUSED = "telemetry_exports_refused";
const STUCK = "telemetry_exports_stuck";

export function exportsRefused(policy: Policy): Scenario {
  const { ticks } = setting(policy);
  const hold = ticks.from(minutes(policy.thresholds.event_hold_minutes));
  const first = 3 * ticks.step;
  const again = first + hold + 4 * ticks.step;
  // Prometheus is away for longer than the hold and any staleness: a counter that was there before is no first event after it.
  const away = again + hold + 4 * ticks.step;
  const back = away + hold + ticks.from(600);
  const restarted = back + hold + 4 * ticks.step;
  // The new process has no counter until its own first event, later than the hold.
  const reborn = restarted + hold + 4 * ticks.step;
  const until = reborn + hold + 2 * ticks.step;
  const exporter = policy.telemetry.exporter;
  const failed: readonly Step[] = [
    [first, 3],
    [again, 4],
    [away, "unseen"],
    [back, 4],
    [restarted, "gone"],
    [reborn, 1],
  ];
  const up: readonly Step[] = [
    [0, 1],
    [away, "unseen"],
    [back, 1],
  ];
  // Points, spans and log records, each at a Collector of its own.
  const signals = EXPORTED.sendFailed.map((metric) => ({ instance: metric, metric }));
  const dropped = signals.map(({ instance }) => ({ labels: { instance, exporter, reason: "dropped" }, value: 0 }));
  return {
    name: "exports refused: the first one ever pages, and a later one; an outage of Prometheus does not, a new process's first does",
    series: signals.flatMap(({ instance, metric }) =>
      serverSeries(policy, {
        server: "collector",
        instance,
        up,
        metrics: [{ metric, labels: { exporter }, steps: failed }],
        until,
      }),
    ),
    expectations: [
      ...silent([REFUSED], 0, first - ticks.step),
      ...fires(REFUSED, dropped, first, first + hold - ticks.step),
      ...silent([REFUSED], first + hold, again - ticks.step),
      ...fires(REFUSED, dropped, again),
      ...silent([REFUSED], again + hold, away - ticks.step, back, back + ticks.from(hold / 2), restarted - ticks.step),
      ...silent([REFUSED], restarted, reborn - ticks.step),
      ...fires(REFUSED, dropped, reborn, reborn + hold - ticks.step),
      ...silent([REFUSED], reborn + hold),
    ],
  };
}

export function prometheusRefuses(policy: Policy): Scenario {
  const { ticks } = setting(policy);
  const at = 3 * ticks.step;
  const requests = (instance: string, code: string, handler = "/api/v1/otlp/v1/metrics") =>
    serverSeries(policy, {
      server: "prometheus",
      instance,
      metrics: [{ metric: SERVER_METRICS.httpRequests, labels: { code, handler }, steps: [[at, 1]] }],
      until: at + 2 * ticks.step,
    });
  return {
    name: "exports refused: Prometheus refuses what no Collector knows of; too many requests, its own faults and other handlers are not that",
    series: [
      ...requests("p1", "400"),
      ...requests("p2", "429"),
      ...requests("p3", "503"),
      ...requests("p4", "400", "/api/v1/query"),
    ],
    expectations: [
      ...silent([REFUSED], at - ticks.step),
      ...fires(REFUSED, [{ labels: { instance: "p1", reason: "refused_by_prometheus" }, value: 0 }], at),
    ],
  };
}

export function exportsStuck(policy: Policy): Scenario {
  const { ticks } = setting(policy);
  const { failing_seconds, queue_warn_percent, exporter } = policy.telemetry;
  const failing = ticks.from(failing_seconds);
  const window = ticks.from(failing_seconds / 2);
  const at = window + 4 * ticks.step;
  const end = at + window + failing + 4 * ticks.step;
  const until = end + failing;
  const every = (from: number, to: number, first: number): readonly Step[] =>
    Array.from({ length: (to - from) / ticks.step + 1 }, (_, index) => [from + index * ticks.step, first + index]);
  const collector = (
    instance: string,
    size: readonly Step[],
    sent: readonly Step[],
    more: readonly { readonly metric: ServerMetric; readonly steps: readonly Step[] }[] = [],
  ) =>
    serverSeries(policy, {
      server: "collector",
      instance,
      metrics: [
        { metric: SERVER_METRICS.queueSize, labels: { exporter, data_type: "metrics" }, steps: size },
        { metric: SERVER_METRICS.queueCapacity, labels: { exporter, data_type: "metrics" }, steps: [[0, 200]] },
        { metric: SERVER_METRICS.sentPoints, labels: { exporter, server_port: "9090" }, steps: sent },
        ...more.map(({ metric, steps }) => ({ metric, labels: { exporter }, steps })),
      ],
      until,
    });
  const busy = every(0, until, 1);
  const waits: readonly Step[] = [
    [0, 0],
    [at, 5],
    [end, 0],
  ];
  const filled = 2 * queue_warn_percent;
  const full = EXPORTED.enqueueFailed.map((metric) => `full-${metric}`);
  const stuck = (instance: string, reason: string) => ({ labels: { instance, exporter, reason }, value: 0 });
  return {
    name: "exports stuck: nothing sent, a queue that fills, a full one; a queue that drains and an idle Collector are silent",
    series: [
      ...collector("silent", waits, [...every(0, at, 1), [end, 999]]),
      ...collector(
        "never",
        [
          [at, 1],
          [end, 0],
        ],
        [],
      ),
      ...collector(
        "filling",
        [
          [0, 0],
          [at, filled],
          [end, 0],
        ],
        busy,
      ),
      ...collector(
        "below",
        [
          [0, 0],
          [at, filled - 1],
          [end, 0],
        ],
        busy,
      ),
      ...EXPORTED.enqueueFailed.flatMap((metric, signal) =>
        collector(
          full[signal] ?? "",
          [
            [0, 0],
            [at, 200],
            [end, 0],
          ],
          busy,
          [{ metric, steps: every(at, end - ticks.step, 1) }],
        ),
      ),
      // Points wait, and nothing but spans or log records gets out: something does.
      ...[SERVER_METRICS.sentSpans, SERVER_METRICS.sentLogs].flatMap((metric) =>
        collector(`sends-${metric}`, waits, [[0, 7]], [{ metric, steps: busy }]),
      ),
      ...collector("idle", [[0, 0]], [[0, 7]]),
    ],
    expectations: [
      ...silent([STUCK], at, at + failing - ticks.step),
      ...fires(
        STUCK,
        [
          stuck("never", "nothing_sent"),
          stuck("filling", "queue_filling"),
          ...full.map((instance) => stuck(instance, "queue_full")),
        ],
        at + failing,
      ),
      ...fires(
        STUCK,
        [
          stuck("silent", "nothing_sent"),
          stuck("never", "nothing_sent"),
          stuck("filling", "queue_filling"),
          ...full.map((instance) => stuck(instance, "queue_full")),
        ],
        end - ticks.step,
      ),
      ...silent([STUCK], end + window + 2 * ticks.step),
    ],
  };
}
