/** Alert 18, the part that mutes: it begins with the first sign that rows do not come in, and ends once they had time to. */
import { type Policy, TRANSPORT_MARGIN_SECONDS } from "@worker-watchdog/sdk/policy";
import { EVALUATION } from "../../rules/evaluation-gap.ts";
import { SERVER_METRICS } from "../../rules/server-metrics.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { type Step, serverSeries, steppedSeries } from "../server-series.ts";

const ALERT = "telemetry_catching_up";
const because = (reason: string) => ({ labels: { reason }, value: 0 });

export function mutedWithoutCollector(policy: Policy): Scenario {
  const { ticks, ranges } = setting(policy);
  // Longer than a quick look: one scrape that failed is no outage.
  const down = 4 * ticks.step;
  const seen = down + ticks.from(2.5 * policy.telemetry.scrape_interval_seconds) - ticks.step;
  const back = seen + 3 * ticks.step;
  const over = back + ticks.from(ranges.catchUpSeconds);
  const collector = (instance: string, up: readonly Step[]) =>
    serverSeries(policy, { server: "collector", instance, up, until: over + ticks.step });
  return {
    name: "catching up: every Collector is down, not for one failed scrape; until rows had time to come in",
    series: [
      ...collector("c1", [
        [0, 1],
        [ticks.step, 0],
        [2 * ticks.step, 1],
        [down, 0],
        [back, 1],
      ]),
      ...collector("c2", [
        [0, 0],
        [back, 1],
      ]),
    ],
    expectations: [
      ...silent([ALERT], 0, ticks.step, down),
      ...fires(ALERT, [because("collector_down")], seen, back, over - ticks.step),
      ...silent([ALERT], over),
    ],
  };
}

export function collectorNeverUp(policy: Policy): Scenario {
  const { ticks } = setting(policy);
  const failing = ticks.from(policy.telemetry.failing_seconds);
  return {
    name: "catching up: a Collector that was never up mutes nothing, and pages",
    series: serverSeries(policy, { server: "collector", instance: "c1", up: [[0, 0]], until: failing + ticks.step }),
    expectations: [
      ...silent([ALERT], 0, ticks.step, failing + ticks.step),
      ...fires(
        "telemetry_collector_down",
        [{ labels: { reason: "none_up" }, value: 0 }],
        failing,
        failing + ticks.step,
      ),
    ],
  };
}

export function mutedWithoutExports(policy: Policy): Scenario {
  const { ticks, ranges } = setting(policy);
  const { exporter, scrape_interval_seconds } = policy.telemetry;
  const at = 6 * ticks.step;
  const seen = at + ticks.from(2.5 * scrape_interval_seconds) - ticks.step;
  const back = seen + 2 * ticks.step;
  const over = back + ticks.from(ranges.catchUpSeconds);
  const until = over + 2 * ticks.step;
  const counted = Array.from({ length: until / ticks.step + 1 }, (_, index) => index * ticks.step);
  const sent: readonly Step[] = counted.map((time, index) => [
    time,
    time <= at - ticks.step || time >= back ? index : at / ticks.step,
  ]);
  const exports = (name: string, size: readonly Step[], steps: readonly Step[]) => [
    { metric: SERVER_METRICS.queueSize, labels: { exporter: name, data_type: "metrics" }, steps: size },
    { metric: SERVER_METRICS.sentPoints, labels: { exporter: name, server_port: "9090" }, steps },
  ];
  return {
    name: "catching up: nothing is exported to Prometheus and something waits; another exporter's queue does not count",
    series: serverSeries(policy, {
      server: "collector",
      instance: "c1",
      metrics: [
        ...exports(
          exporter,
          [
            [0, 0],
            [at, 3],
            [back, 0],
          ],
          sent,
        ),
        ...exports("otlp_http/forward", [[0, 9]], [[0, 1]]),
      ],
      until,
    }),
    expectations: [
      ...silent([ALERT], 0, at - ticks.step),
      ...fires(ALERT, [because("nothing_sent")], seen, back, over - ticks.step),
      ...silent([ALERT], over + ticks.step),
    ],
  };
}

export function mutedAfterGap(policy: Policy): Scenario {
  const { ticks, ranges } = setting(policy);
  const noGap = Math.max(3 * policy.pipeline.rule_interval_seconds, 2.5 * policy.telemetry.scrape_interval_seconds);
  const short = 2 * ticks.step;
  const long = short + 4 * ticks.step;
  const again = long + ticks.from(Math.max(ticks.step, 2 * TRANSPORT_MARGIN_SECONDS));
  const held = ticks.from(ranges.catchUpSeconds);
  const over = again + ticks.from(noGap) + held + 2 * ticks.step;
  return {
    name: "catching up: after a gap between two evaluations, told twice; ticks that came late are no gap",
    series: [
      steppedSeries(
        policy,
        `${EVALUATION.gap}{replica="2"}`,
        [
          [short, noGap],
          [short + ticks.step, ticks.step],
          [long, noGap + 1],
          [long + ticks.step, ticks.step],
        ],
        over,
      ),
    ],
    expectations: [
      ...silent([ALERT], 0, short, long - ticks.step),
      ...fires(ALERT, [because("evaluation_gap")], long, again - ticks.step),
      ...fires(ALERT, [because("evaluation_gap"), because("evaluation_gap_again")], again, long + held),
      ...silent([ALERT], over),
    ],
  };
}
