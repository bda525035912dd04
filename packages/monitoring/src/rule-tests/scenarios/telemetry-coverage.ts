/** Alert 18: what is not watched, has collapsed, does not come in for one worker, or has a wrong clock. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { OVERFLOW_LABEL } from "../../rules/server-metrics.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import { serverSeries, steppedSeries } from "../server-series.ts";
import { lifeSeries, POOL, workerLabels } from "../worker-history.ts";

export function notScraped(policy: Policy): Scenario {
  const { ticks, ranges } = setting(policy);
  const { failing_seconds, collector_job, alertmanager_job } = policy.telemetry;
  const failing = ticks.from(failing_seconds);
  const gone = 2 * ticks.step;
  const forgotten = ticks.from(gone - ticks.step + ranges.openSeconds) + failing;
  const missing = (job: string) => ({ labels: { job }, value: 1 });
  return {
    name: "scrape jobs: one is not there, and one was taken away hours ago",
    series: [
      ...serverSeries(policy, { server: "prometheus", instance: "p1", until: forgotten + 2 * ticks.step }),
      ...serverSeries(policy, {
        server: "collector",
        instance: "c1",
        up: [
          [0, 1],
          [gone, "gone"],
        ],
        until: gone,
      }),
    ],
    expectations: [
      ...silent(["telemetry_not_scraped"], failing - ticks.step),
      ...fires("telemetry_not_scraped", [missing(alertmanager_job)], failing, forgotten - ticks.step),
      ...fires("telemetry_not_scraped", [missing(collector_job), missing(alertmanager_job)], forgotten + ticks.step),
    ],
  };
}

export function cardinalityOverflow(policy: Policy): Scenario {
  const { ticks } = setting(policy);
  const at = 2 * ticks.step;
  const end = at + 3 * ticks.step;
  const overflown = (metric: string) =>
    steppedSeries(
      policy,
      `${metric}{job="ai/worker",instance="w1",${OVERFLOW_LABEL}="true"}`,
      [
        [at, 1],
        [end, "gone"],
      ],
      end,
    );
  return {
    name: "cardinality: two instruments of a process are past their limit, until it starts again",
    series: [
      overflown("app_requests_total"),
      overflown("app_errors_total"),
      steppedSeries(policy, 'app_requests_total{job="ai/worker",instance="w2"}', [[0, 1]], end),
    ],
    expectations: [
      ...silent(["telemetry_cardinality_overflow"], at - ticks.step),
      ...fires(
        "telemetry_cardinality_overflow",
        [{ labels: { job: "ai/worker", instance: "w1" }, value: 2 }],
        at,
        end - ticks.step,
      ),
      ...silent(["telemetry_cardinality_overflow"], end),
    ],
  };
}

const claims = (policy: Policy, worker: string, from: number, until: number, replica = "1") =>
  steppedSeries(
    policy,
    `${METRICS.claims.prometheusName}{job="ai/worker",instance="${worker}",collector="${replica}",worker_pool="${POOL}",worker_id="${worker}",worker_claim_outcome="job"}`,
    [[from, 1]],
    until,
  );

export function rowsMissing(policy: Policy): Scenario {
  const { ticks, ranges } = setting(policy);
  const failing = ticks.from(policy.telemetry.failing_seconds);
  const lost = ticks.from(ranges.rowsMissingSeconds) + failing;
  const until = lost + 4 * ticks.step;
  const firing = (worker: string) => ({ labels: workerLabels({ worker }), value: 1 });
  return {
    name: "rows missing: a worker that claims and has none, one that loses them, one whose rows come a little later",
    series: [
      claims(policy, "never", 0, until),
      claims(policy, "never", 0, until, "2"),
      claims(policy, "loses", 0, until),
      ...lifeSeries(policy, { worker: "loses", from: 0, until: 0 }),
      // An outage ends both at once.
      claims(policy, "gone", 0, 0),
      ...lifeSeries(policy, { worker: "gone", from: 0, until: 0 }),
      claims(policy, "late", 0, until),
      ...lifeSeries(policy, { worker: "late", from: failing - ticks.step, until }),
      // Another pool's worker of the same name says nothing about it.
      ...lifeSeries(policy, { worker: "never", pool: "elsewhere", from: 0, until }),
    ],
    expectations: [
      ...silent(["telemetry_rows_missing"], 0, failing - ticks.step),
      ...fires("telemetry_rows_missing", [firing("never")], failing, lost - ticks.step),
      ...fires("telemetry_rows_missing", [firing("never"), firing("loses")], lost, until),
    ],
  };
}

export function clockOff(policy: Policy): Scenario {
  const { ticks } = setting(policy);
  const limit = policy.thresholds.clock_offset_warn_seconds;
  const at = 2 * ticks.step;
  const set = at + 4 * ticks.step;
  const until = set + 2 * ticks.step;
  const offset = (worker: string, seconds: number, instance = worker, replica = "1") =>
    steppedSeries(
      policy,
      `${METRICS.clockOffset.prometheusName}{job="ai/worker",instance="${instance}",collector="${replica}",worker_pool="${POOL}",worker_id="${worker}"}`,
      [
        [at, seconds],
        [set, 1],
      ],
      until,
    );
  const alive = (worker: string, instance = worker, from = 0, replica = "1") =>
    lifeSeries(policy, { worker, instance, replica, from, until }).slice(0, 1);
  return {
    name: "clocks: at the limit ahead or behind, just below it, set again; an older process of a worker says nothing",
    series: [
      ...["ahead", "behind", "below"].flatMap((worker) => alive(worker)),
      offset("ahead", limit),
      ...alive("ahead", "ahead", 0, "2"),
      offset("ahead", limit, "ahead", "2"),
      offset("behind", -limit),
      offset("below", limit - 1),
      ...lifeSeries(policy, { worker: "restarted", instance: "old", replica: "1", from: 0, until: 0 }).slice(0, 1),
      offset("restarted", limit, "old"),
      ...alive("restarted", "new", at),
      offset("restarted", 2, "new"),
    ],
    expectations: [
      ...silent(["telemetry_clock_off"], at - ticks.step),
      ...fires(
        "telemetry_clock_off",
        ["ahead", "behind"].map((worker) => ({ labels: workerLabels({ worker }), value: limit })),
        at,
        set - ticks.step,
      ),
      ...silent(["telemetry_clock_off"], set),
    ],
  };
}
