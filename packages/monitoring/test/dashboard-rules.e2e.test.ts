/** What is recorded for dashboards, tried with promtool: each series before and after what changes it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultPolicy as policy } from "@worker-watchdog/sdk/policy";
import { provideServers } from "@worker-watchdog/stack";
import { afterEach, expect, test } from "vitest";
import { stringify } from "yaml";
import { START, ticks, unix } from "../src/rule-tests/clock.ts";
import { type InputSeries, rowSeries } from "../src/rule-tests/series.ts";
import { serverSeries } from "../src/rule-tests/server-series.ts";
import {
  type AttemptHistory,
  attemptSeries,
  eventSeries,
  lifeSeries,
  workerLabels,
} from "../src/rule-tests/worker-history.ts";
import { SHOWN } from "../src/rules/dashboard-series.ts";
import { ruleFile } from "../src/rules/rules-file.ts";
import { runProgram } from "./run-program.ts";

let folder: string | undefined;

afterEach(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

/** A query at a time (seconds since the start), and its series with their values. */
type Expected = readonly [at: number, query: string, samples: Readonly<Record<string, number>>];

const { step } = ticks(policy);
const minute = 60;

/** A worker's life, with the row that says its role. */
function life(
  worker: string,
  role: string | undefined,
  more: Partial<Parameters<typeof lifeSeries>[1]> = {},
): readonly InputSeries[] {
  const history = { worker, from: 0, until: 60 * minute, ...more };
  const exported = { ticks: ticks(policy), refreshSeconds: minute, untilSeconds: history.until };
  const labels = { job: "ai/worker", instance: history.instance ?? worker, ...workerLabels(history) };
  return [
    ...lifeSeries(policy, history),
    ...(role === undefined
      ? []
      : [rowSeries("startedAt", { ...labels, worker_role: role }, [[history.from, unix(history.from)]], exported)]),
  ];
}

const attempt = (worker: string, job: string, more: Partial<AttemptHistory>): readonly InputSeries[] =>
  attemptSeries(policy, {
    worker,
    job,
    trace: `trace-${job}`,
    claimedAt: 0,
    leases: [[0, 55 * minute]],
    until: 60 * minute,
    ...more,
  });

/** A pipeline in which every server answers, but for what `series` says of it. */
function servers(): readonly InputSeries[] {
  return (["collector", "prometheus", "alertmanager"] as const).flatMap((server) =>
    serverSeries(policy, { server, instance: "well", until: 80 * minute }),
  );
}

async function holds(series: readonly InputSeries[], expected: readonly Expected[]): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), "watchdog-dashboard-rules-"));
  const rules = ruleFile(policy);
  await writeFile(join(folder, "rules.yml"), stringify(rules));
  const file = {
    rule_files: ["rules.yml"],
    evaluation_interval: `${step}s`,
    group_eval_order: rules.groups.map(({ name }) => name),
    tests: [
      {
        interval: `${step}s`,
        start_timestamp: START,
        input_series: [...servers(), ...series],
        promql_expr_test: expected.map(([at, expr, samples]) => ({
          expr,
          eval_time: `${at}s`,
          exp_samples: Object.entries(samples).map(([labels, value]) => ({ labels, value })),
        })),
      },
    ],
  };
  await writeFile(join(folder, "test.yml"), stringify(file));
  const { promtool } = await provideServers({ names: ["promtool"] });
  const { code, output } = await runProgram(promtool.path, "test", "rules", join(folder, "test.yml"));
  expect(code, output).toBe(0);
}

const at = (metric: string, by: string): string => `max by (${by}) (${metric})`;

test("a worker's role, service and process are those of its newest process; a worker that does not say its role is shown all the same", () =>
  holds(
    [
      ...life("w1", "builder", { until: 20 * minute, instance: "old" }),
      ...life("w1", "reviewer", { from: 10 * minute, instance: "new" }),
      ...life("w2", undefined),
    ],
    [
      [
        9 * minute,
        at(SHOWN.worker, "worker_id, worker_role, instance"),
        {
          '{worker_id="w1",worker_role="builder",instance="old"}': 1,
          '{worker_id="w2",worker_role="unknown",instance="unknown"}': 1,
        },
      ],
      [
        12 * minute,
        at(SHOWN.worker, "worker_id, worker_role, instance"),
        {
          '{worker_id="w1",worker_role="reviewer",instance="new"}': 1,
          '{worker_id="w2",worker_role="unknown",instance="unknown"}': 1,
        },
      ],
    ],
  ));

test("a worker that signed off is not on duty; one that died is, and is not healthy once its alert fires", () =>
  holds(
    [
      ...life("well", "builder"),
      ...life("stops", "builder", { stoppedAt: 5 * minute }),
      ...life("dies", "builder", { until: 5 * minute }),
    ],
    [
      [
        4 * minute,
        at(SHOWN.healthy, "worker_id"),
        { '{worker_id="well"}': 1, '{worker_id="stops"}': 1, '{worker_id="dies"}': 1 },
      ],
      [7 * minute, at(SHOWN.healthy, "worker_id"), { '{worker_id="well"}': 1, '{worker_id="dies"}': 1 }],
      [30 * minute, at(SHOWN.healthy, "worker_id"), { '{worker_id="well"}': 1, '{worker_id="dies"}': 0 }],
      [
        30 * minute,
        SHOWN.poolWorkers,
        { [`${SHOWN.poolWorkers}{instance="all",job="ai/worker",worker_pool="reports",worker_role="builder"}`]: 2 },
      ],
      [30 * minute, at(SHOWN.poolHealthy, "worker_role"), { '{worker_role="builder"}': 1 }],
      [
        30 * minute,
        `count by (alert_key, owner, severity, worker_id, worker_role, job) (${SHOWN.alerts})`,
        {
          '{alert_key="worker_absent",owner="pls_ops",severity="medium",worker_id="dies",worker_role="builder",job="ai/worker"}': 1,
        },
      ],
      // More than two heartbeats after it was last heard of.
      [30 * minute, at(SHOWN.alerts, "worker_id"), { '{worker_id="dies"}': unix(25 * minute + step) }],
      [30 * minute, at(SHOWN.poolAlerts, "severity"), { '{severity="medium"}': 1 }],
    ],
  ));

test("an alert about a pool is shown with no worker, one about a worker that says nothing of itself with no role, and others' alerts are not", () =>
  holds(
    [
      ...life("a", "builder", { until: minute }),
      ...life("b", "builder", { until: minute }),
      ...eventSeries(policy, {
        worker: "foreign",
        pool: "others",
        job: "J",
        trace: "t",
        incidents: [{ kind: "secret_redacted", reason: "jwt", at: minute }],
        until: 40 * minute,
      }),
      { series: 'ALERTS{alertname="TheirAlert",alertstate="firing",severity="critical"}', values: "1x120" },
      { series: 'ALERTS_FOR_STATE{alertname="TheirAlert",severity="critical"}', values: "1x120" },
    ],
    [
      [
        30 * minute,
        `count by (alertname, worker_id, worker_role, instance) (${SHOWN.alerts}{worker_role="unknown"})`,
        {
          '{alertname="WorkerAbsentPool",worker_role="unknown",instance="unknown"}': 1,
          '{alertname="SecretRedacted",worker_id="foreign",worker_role="unknown",instance="unknown"}': 1,
        },
      ],
    ],
  ));

test("an alert about a server is shown with the server", () =>
  holds(serverSeries(policy, { server: "collector", instance: "down", up: [[0, 0]], until: 20 * minute }), [
    [
      10 * minute,
      `count by (alert_key, job, instance, worker_id) (${SHOWN.alerts})`,
      { '{alert_key="telemetry_collector_down",job="unknown",instance="down"}': 1 },
    ],
  ]));

test("held jobs are counted by the risk of their lease, at the boundaries of R6.5", () => {
  const expiry = 30 * minute;
  const until = 29 * minute;
  const risk = SHOWN.poolRisk;
  const only = (name: string) => ({ [`{risk="${name}"}`]: 1 });
  return holds(
    [
      ...life("w1", "builder", { until }),
      ...attempt("w1", "J", { leases: [[0, expiry]], progressAt: [0, 20 * minute], until }),
    ],
    [
      [expiry - 5 * minute, at(risk, "risk"), only("normal")],
      [expiry - 5 * minute + 30, at(risk, "risk"), only("near_expiry")],
      [expiry - 30, at(risk, "risk"), only("near_expiry")],
      [expiry, at(risk, "risk"), only("expired")],
      [expiry + 60, at(risk, "risk"), only("expired")],
      [expiry + 90, at(risk, "risk"), only("stale")],
      [expiry, at(SHOWN.poolLease, "worker_pool"), { '{worker_pool="reports"}': unix(expiry) }],
      [expiry, at(SHOWN.poolProgress, "worker_pool"), { '{worker_pool="reports"}': unix(20 * minute) }],
      [
        expiry,
        at(SHOWN.openLease, "worker_role, job_id, trace_id"),
        { '{worker_role="builder",job_id="J",trace_id="trace-J"}': unix(expiry) },
      ],
    ],
  );
});

test("an incident is shown while it is open, also one with no job", () =>
  holds(
    [
      ...life("w1", "builder"),
      ...eventSeries(policy, {
        worker: "w1",
        job: "J",
        trace: "t",
        incidents: [{ kind: "session_dead", reason: "credit_limit", at: minute, clearedAt: 10 * minute }],
        until: 50 * minute,
      }),
      ...eventSeries(policy, {
        worker: "w1",
        trace: "u",
        incidents: [{ kind: "secret_redacted", reason: "jwt", at: minute }],
        until: 50 * minute,
      }),
    ],
    [
      [
        9 * minute,
        at(SHOWN.incidents, "kind, reason, job_id"),
        { '{kind="session_dead",reason="credit_limit",job_id="J"}': 1, '{kind="secret_redacted",reason="jwt"}': 1 },
      ],
      [12 * minute, at(SHOWN.incidents, "kind, reason, job_id"), { '{kind="secret_redacted",reason="jwt"}': 1 }],
      [9 * minute, at(SHOWN.poolIncidents, "kind"), { '{kind="session_dead"}': 1, '{kind="secret_redacted"}': 1 }],
    ],
  ));

test("of a queue that waits, the pool's newest word counts, until a claim gets a job", () =>
  holds(
    [
      ...life("w1", "builder", { claims: [[minute, 1]], backlog: { at: minute, pending: 7, oldestAt: 0 } }),
      ...life("w2", "builder", {
        claims: [[5 * minute, 2]],
        backlog: { at: 5 * minute, pending: 3, oldestAt: 2 * minute },
      }),
      ...life("w3", "builder"),
      ...attempt("w3", "J", { claimedAt: 20 * minute, leases: [[20 * minute, 50 * minute]] }),
    ],
    [
      [4 * minute, at(SHOWN.pendingJobs, "worker_id"), { '{worker_id="w1"}': 7 }],
      [10 * minute, at(SHOWN.pendingJobs, "worker_id"), { '{worker_id="w2"}': 3 }],
      [10 * minute, at(SHOWN.oldestPending, "worker_id"), { '{worker_id="w2"}': unix(2 * minute) }],
      [22 * minute, at(SHOWN.pendingJobs, "worker_id"), {}],
      [10 * minute, at(SHOWN.streak, "worker_id"), { '{worker_id="w1"}': 1, '{worker_id="w2"}': 2 }],
      [10 * minute, at(SHOWN.poolStreak, "worker_role"), { '{worker_role="builder"}': 2 }],
    ],
  ));

test("repairs are counted from the first on, for the hold time of events, also over a Collector's restart", () => {
  const labels = {
    job: "otelcol-watchdog",
    instance: "c",
    worker_pool: "reports",
    trigger: "transport",
    result: "success",
  };
  const hold = policy.thresholds.event_hold_minutes * minute;
  // Nothing is sent but at a change.
  const exported = { ticks: ticks(policy), refreshSeconds: 10 * hold, untilSeconds: 2 * hold };
  const totals = rowSeries(
    "repairs",
    labels,
    [
      [minute, 2],
      [hold + 10 * minute, 5],
      [hold + 20 * minute, 1],
    ],
    exported,
  );
  const repairs = `sum by (trigger, result) (${SHOWN.poolRepairs})`;
  const of = (count: number) => ({ '{trigger="transport",result="success"}': count });
  return holds(
    [totals],
    [
      [2 * minute, repairs, of(2)],
      [hold, repairs, of(2)],
      [hold + 5 * minute, repairs, {}],
      [hold + 12 * minute, repairs, of(3)],
      [hold + 22 * minute, repairs, of(1)],
    ],
  );
});

test("advancement: a job counts when its work has ended, half as much a half-life later, and once where several workers had it", () => {
  const done = { claimedAt: 0, leases: [[0, 50 * minute]] as const, until: 3 * minute };
  const later = { claimedAt: 5 * minute, leases: [[5 * minute, 55 * minute]] as const, until: 10 * minute };
  const halfLife = policy.thresholds.advancement_half_life_minutes * minute;
  const worker = (metric: string) => `round(100 * ${at(metric, "worker_id")})`;
  const score = `round(100 * ${at(SHOWN.poolAdvanced, "worker_pool")} / ${at(SHOWN.poolEnded, "worker_pool")})`;
  const until = 70 * minute;
  return holds(
    [
      ...life("w1", "builder", { until }),
      ...life("w2", "builder", { until }),
      ...attempt("w1", "verified", { ...done, verifiedAt: minute, settledAt: 2 * minute }),
      ...attempt("w2", "nothing", { ...done, settledAt: 2 * minute }),
      ...attempt("w2", "given-back", { ...done, settledAt: 2 * minute, isReleased: true }),
      // Failed twice: it counts once, for the one who had it last.
      ...attempt("w1", "twice", { ...done, trace: "first", settledAt: 2 * minute }),
      ...attempt("w2", "twice", { ...later, trace: "second", settledAt: 7 * minute }),
      // Failed, then delivered by another.
      ...attempt("w2", "taken-over", { ...done, trace: "first", settledAt: 2 * minute }),
      ...attempt("w1", "taken-over", { ...later, trace: "second", verifiedAt: 6 * minute, settledAt: 7 * minute }),
      // Failed, and held again until its lease runs out.
      ...attempt("w2", "tried-again", { ...done, trace: "first", settledAt: 2 * minute }),
      ...attempt("w1", "tried-again", {
        claimedAt: 50 * minute,
        leases: [[50 * minute, 68 * minute]],
        trace: "second",
        until: 60 * minute,
      }),
    ],
    [
      [2 * minute + halfLife, worker(SHOWN.advanced), { '{worker_id="w1"}': 50 + 53, '{worker_id="w2"}': 0 }],
      [2 * minute + halfLife, worker(SHOWN.lost), { '{worker_id="w2"}': 50 + 53 }],
      [2 * minute + halfLife, worker(SHOWN.ended), { '{worker_id="w1"}': 50 + 53, '{worker_id="w2"}': 50 + 53 }],
      [2 * minute + halfLife, score, { '{worker_pool="reports"}': 50 }],
      [75 * minute, worker(SHOWN.lost), { '{worker_id="w1"}': 93, '{worker_id="w2"}': 43 + 46 }],
    ],
  );
});

test("objectives are shown by pool, under the service of most of its workers, and also of a pool that nobody serves any more", () => {
  const done = { claimedAt: 0, leases: [[0, 20 * minute]] as const, settledAt: 2 * minute, until: 3 * minute };
  const by = "job, objective, worker_pool";
  const burn = `round(${at(`${SHOWN.poolBurnRate}{window="1h"}`, by)})`;
  return holds(
    [
      ...life("w1", "builder"),
      ...attempt("w1", "good", { ...done, verifiedAt: minute }),
      ...attempt("w1", "bad", done),
      // No row says the service or role of this one.
      ...attempt("w2", "lost", { pool: "empty", leases: [[0, 10 * minute]], until: minute }),
    ],
    [
      [
        40 * minute,
        at(SHOWN.poolBudgetLeft, by),
        {
          '{job="ai/worker",objective="artifact",worker_pool="reports"}': 1 - 0.5 / 0.05,
          '{job="ai/worker",objective="lease",worker_pool="reports"}': 1,
          '{job="unknown",objective="artifact",worker_pool="empty"}': 1 - 1 / 0.05,
          '{job="unknown",objective="lease",worker_pool="empty"}': 1 - 1 / 0.01,
        },
      ],
      [
        40 * minute,
        burn,
        {
          '{job="ai/worker",objective="artifact",worker_pool="reports"}': 10,
          '{job="ai/worker",objective="lease",worker_pool="reports"}': 0,
          '{job="unknown",objective="artifact",worker_pool="empty"}': 20,
          '{job="unknown",objective="lease",worker_pool="empty"}': 100,
        },
      ],
      [40 * minute, `count by (window) (${SHOWN.poolBurnRate})`, windows(4)],
    ],
  );
});

function windows(count: number): Readonly<Record<string, number>> {
  return Object.fromEntries(["1h", "6h", "24h", "72h"].map((window) => [`{window="${window}"}`, count]));
}

test("the dead man's switch is shown since it began to fire, under Prometheus' own name", () =>
  holds(
    [...life("w1", "builder")],
    [
      [
        10 * minute,
        SHOWN.deadMansSwitch,
        { [`${SHOWN.deadMansSwitch}{instance="all",job="${policy.telemetry.prometheus_job}"}`]: unix(0) },
      ],
    ],
  ));
