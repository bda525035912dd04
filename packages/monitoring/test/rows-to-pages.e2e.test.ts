import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createPolicy } from "@worker-watchdog/sdk/policy";
import type { MetricKey } from "@worker-watchdog/sdk/semconv";
import { provideServers, type Stack, startStack } from "@worker-watchdog/stack";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { areaOf } from "../src/alerts/alert-table.ts";
import { ALERTS, severitiesOf } from "../src/index.ts";
import { minutes } from "../src/rules/durations.ts";
import { ranges } from "../src/rules/ranges.ts";
import { RECORDED } from "../src/rules/recording-rules.ts";
import { query, type RowPoint, sendRows } from "./otlp-rows.ts";
import { eventually, type Page, type PageReceiver, startPageReceiver } from "./page-receiver.ts";
import { writeGenerated } from "./run-program.ts";

// The policy that users get, with short waits; its thresholds are met by the rows' own times.
const wait = { group_wait_seconds: 1 };
const policy = createPolicy({
  severities: { critical: wait, high: wait, medium: wait, low: wait },
  pipeline: { rule_interval_seconds: 1, slow_rule_interval_seconds: 1, group_interval_seconds: 1 },
  slo: { rule_interval_seconds: 1 },
});
const POOL = "reports";

let folder: string;
let receiver: PageReceiver;
let stack: Stack;

beforeAll(async () => {
  const servers = await provideServers({ names: ["collector", "prometheus", "alertmanager"] });
  receiver = await startPageReceiver();
  folder = await writeGenerated(policy, { webhookUrl: receiver.url });
  stack = await startStack({
    servers,
    ruleFiles: [join(folder, "prometheus-rules/*.rules.yml")],
    alertmanagerConfigFile: join(folder, "prometheus-rules/alertmanager.yml"),
  });
  // Prometheus finds its Alertmanager some seconds after it is ready; an alert before that is sent again only a minute later.
  await eventually("Prometheus has found its Alertmanager", async () => {
    const response = await fetch(`${stack.prometheusUrl}/api/v1/alertmanagers`);
    const { data } = (await response.json()) as { data: { activeAlertmanagers: readonly unknown[] } };
    return data.activeAlertmanagers.length > 0 ? true : undefined;
  });
  await send();
});

afterAll(async () => {
  await stack?.stop();
  await receiver?.close();
  await rm(folder, { recursive: true, force: true });
});

const now = (): number => Date.now() / 1_000;
const worker = (id: string) => ({ "worker.pool": POOL, "worker.id": id });
const attempt = (id: string) => ({ ...worker(id), "job.id": `job-${id}`, "trace.id": `trace-${id}` });

function claim(id: string, leaseLeft: number, more: readonly RowPoint[] = []): readonly RowPoint[] {
  return [
    { metric: "claimStartedAt", attributes: attempt(id), value: now() - 60 },
    { metric: "claimLeaseExpiresAt", attributes: attempt(id), value: now() + leaseLeft },
    { metric: "claimProgressAt", attributes: attempt(id), value: now() - 5 },
    { metric: "claimArtifactVerifiedAt", attributes: attempt(id), value: now() - 30 },
    ...more,
  ];
}

const incident = (id: string, kind: string, reason: string): RowPoint => ({
  metric: "claimIncidents",
  attributes: { ...attempt(id), kind, reason },
  value: 1,
});

/** Row 18 is about servers that fail: it is told where they are broken (test/end-to-end/golden). */
const PAGED = ALERTS.filter(({ number, scope }) => number !== 18 && scope !== "pool");
const OF_POOLS = ALERTS.filter(({ key }) => key.endsWith("_pool"));
const OBJECTIVES = ALERTS.filter((alert) => areaOf(alert) === "slo");

/** One worker for each alert, named after it, and a healthy one. */
async function send(): Promise<void> {
  const { thresholds } = policy;
  const far = minutes(thresholds.lease_max_minutes) / 2;
  const soon = minutes(thresholds.lease_remaining_minutes_warn) - 5;
  const histories: Readonly<Record<string, readonly RowPoint[]>> = {
    healthy: claim("healthy", far),
    lease_expiring_with_claimed_job: claim("lease_expiring_with_claimed_job", soon),
    lease_expired: claim("lease_expired", -thresholds.lease_expired_grace_seconds - 1),
    complete_rejected: claim("complete_rejected", far, [incident("complete_rejected", "complete_rejected", "other")]),
    job_not_found_after_claim: claim("job_not_found_after_claim", far, [
      incident("job_not_found_after_claim", "job_not_found", "progress"),
    ]),
    artifact_missing: claim("artifact_missing", far, [
      incident("artifact_missing", "artifact_missing", "http_status"),
    ]).filter(({ metric }) => metric !== "claimArtifactVerifiedAt"),
    missing_deliverable_id: claim("missing_deliverable_id", far, [
      incident("missing_deliverable_id", "missing_deliverable_id", "none_assigned"),
    ]).filter(({ metric }) => metric !== "claimArtifactVerifiedAt"),
    queue_stuck: claim("queue_stuck", far, [
      { metric: "claimAliveAt", attributes: attempt("queue_stuck"), value: now() },
      {
        metric: "claimProgressAt",
        attributes: attempt("queue_stuck"),
        value: now() - minutes(thresholds.progress_stall_minutes) - 1,
      },
    ]).filter(({ metric }, index) => metric !== "claimProgressAt" || index > 3),
    silent_loop: [
      {
        metric: "silentHeartbeats",
        attributes: worker("silent_loop"),
        value: thresholds.silent_heartbeats_warn_count,
      },
    ],
    session_dead: [incident("session_dead", "session_dead", "credit_limit")],
    phase_failed: [incident("phase_failed", "phase_failed", "context")],
    false_green: [{ metric: "completeUnprovenAt", attributes: attempt("false_green"), value: now() }],
    multiple_primary_jobs: [incident("multiple_primary_jobs", "multiple_primary_jobs", "late_claim")],
    repair_exhausted: [incident("repair_exhausted", "repair_exhausted", "transport")],
    session_cancelled: [incident("session_cancelled", "session_cancelled", "wall_clock")],
    secret_redacted: [incident("secret_redacted", "secret_redacted", "github_token")],
    control_store_unreadable: [incident("control_store_unreadable", "control_store_unreadable", "unreadable")],
    complete_unknown: [incident("complete_unknown", "complete_unknown", "transport")],
    repeated_no_job: [
      { metric: "noJobStreak", attributes: worker("repeated_no_job"), value: thresholds.repeated_no_job_warn_count },
      { metric: "claimPolledAt", attributes: worker("repeated_no_job"), value: now() },
    ],
    worker_absent: [
      { metric: "aliveAt", attributes: worker("worker_absent"), value: now() - ranges(policy).absentSeconds - 1 },
    ],
  };
  for (const [id, rows] of Object.entries(histories)) {
    const life: RowPoint = { metric: "aliveAt", attributes: worker(id), value: now() };
    await sendRows(stack.otlpEndpoint, id, id === "worker_absent" ? rows : [...rows, life]);
  }
  // A pool is counted before anything happens in it, and what happens to its two workers comes in one piece.
  const ofBoth = (pool: string, rows: (pool: string, id: string) => readonly RowPoint[]): readonly RowPoint[] =>
    [`${pool}-1`, `${pool}-2`].flatMap((id) => rows(pool, id));
  for (const { key } of OF_POOLS) await sendRows(stack.otlpEndpoint, key, ofBoth(key, lifeRows));
  await eventually("both workers of each pool are counted", async () => {
    const counted = await query(stack.prometheusUrl, `${RECORDED.poolWorkers} == 2`);
    const pools = new Set(counted.map(({ metric }) => metric["worker_pool"]));
    return OF_POOLS.every(({ key }) => pools.has(key)) ? true : undefined;
  });
  for (const { key } of OF_POOLS) await sendRows(stack.otlpEndpoint, key, ofBoth(key, poolRows));
  for (const { key } of OBJECTIVES) await sendRows(stack.otlpEndpoint, key, endedClaims(key));
  await sendClaims(3);
}

/** As many bad claims as count, of a pool that is named after the alert; each job was then claimed again, and done. */
function endedClaims(pool: string): readonly RowPoint[] {
  const ended = now() - 30;
  const expired = ended - policy.thresholds.lease_expired_grace_seconds;
  return Array.from({ length: policy.slo.min_events }, (_, index) => index).flatMap((index) => {
    const of = (trace: string) => ({
      "worker.pool": pool,
      "worker.id": "w1",
      "job.id": `job-${index}`,
      "trace.id": `${trace}-${index}`,
    });
    const row = (metric: MetricKey, trace: string, value: number) => ({ metric, attributes: of(trace), value });
    if (pool === "artifact_error_budget_burn") return [row("claimSettledAt", "failed", ended)];
    return [
      row("claimStartedAt", "died", expired - 60),
      row("claimLeaseExpiresAt", "died", expired),
      row("claimArtifactVerifiedAt", "died", expired - 30),
      row("claimStartedAt", "done", expired + 1),
      row("claimArtifactVerifiedAt", "done", ended),
      row("claimSettledAt", "done", ended),
    ];
  });
}

/** A sign of life of one of two workers of a pool that is named after the alert. */
function lifeRows(pool: string, id: string): readonly RowPoint[] {
  const seen = pool === "worker_absent_pool" ? now() - ranges(policy).absentSeconds - 1 : now();
  return [{ metric: "aliveAt", attributes: { "worker.pool": pool, "worker.id": id }, value: seen }];
}

/** That, and what the alert is about. */
function poolRows(pool: string, id: string): readonly RowPoint[] {
  const { thresholds } = policy;
  const who = { "worker.pool": pool, "worker.id": id };
  const of = { ...who, "job.id": `job-${id}`, "trace.id": `trace-${id}` };
  const happened = (kind: string, reason: string): RowPoint => ({
    metric: "claimIncidents",
    attributes: { ...of, kind, reason },
    value: 1,
  });
  const long = minutes(thresholds.queue_stuck_pending_minutes) + 1;
  const rows: Readonly<Record<string, readonly RowPoint[]>> = {
    repeated_no_job_pool: [
      { metric: "noJobStreak", attributes: who, value: thresholds.repeated_no_job_warn_count },
      { metric: "claimPolledAt", attributes: who, value: now() },
    ],
    queue_stuck_pool: [
      { metric: "claimStartedAt", attributes: of, value: now() - 2 * long },
      { metric: "claimPolledAt", attributes: who, value: now() },
      { metric: "queuePendingJobs", attributes: who, value: 2 },
      { metric: "queueOldestPendingAt", attributes: who, value: now() - long },
    ],
    silent_loop_pool: [{ metric: "silentHeartbeats", attributes: who, value: thresholds.silent_heartbeats_warn_count }],
    phase_failed_pool: [happened("phase_failed", "doctor")],
    worker_absent_pool: [],
    repair_exhausted_pool: [happened("repair_exhausted", "transport")],
  };
  return [...lifeRows(pool, id), ...(rows[pool] ?? [])];
}

function sendClaims(value: number): Promise<void> {
  const claims = ["job", "no_job"].map(
    (outcome): RowPoint => ({
      metric: "claims",
      attributes: { ...worker("healthy"), "worker.claim.outcome": outcome },
      value,
    }),
  );
  return sendRows(stack.otlpEndpoint, "healthy", claims);
}

const pageOf = (name: string): Page | undefined =>
  receiver.pages.find(
    ({ alerts }) => alerts[0]?.labels["alertname"] === name && alerts[0]?.labels["worker_pool"] === POOL,
  );

describe.each(PAGED)("$key", (definition) => {
  const { name, key, owner, nextAction, scope } = definition;
  // One worker of many: the least of the severities that the alert can have.
  const severity = severitiesOf(definition, policy).at(-1);
  test("fires for its worker alone, and its page reaches the owner with every field", async () => {
    const page = await eventually(`a page of ${name}`, () => pageOf(name));
    expect(page.receiver).toBe(`${owner}-${severity === "medium" ? "message" : "page"}`);
    expect(page.alerts.map(({ labels }) => labels["worker_id"])).toEqual([key]);
    const [alert] = page.alerts;
    const lines = alert?.text.split("\n") ?? [];
    const hasJob = scope === "attempt" || scope === "event";
    const job = hasJob ? `job-${key}` : "none";
    expect(lines[0]).toContain(`; job=${job}; evidence=`);
    expect(lines[0]).toContain(`; next action=${nextAction}; owner=${owner}; due=20`);
    expect(lines).toContain(`Trace: ${hasJob ? `trace-${key}` : "none"}`);
    expect(lines).toContain(`Runbook: prometheus-rules/runbooks/${key}.md`);
    expect(alert?.text).not.toMatch(/<no value>|\{\{|%!/);
  });
});

describe.each(OF_POOLS)("$key", ({ name, key, severity, owner, nextAction }) => {
  test("R4.7: two workers that are a whole pool are one page of the pool, and none of their own", async () => {
    const ofPool = () => receiver.pages.filter(({ alerts }) => alerts[0]?.labels["worker_pool"] === key);
    const page = await eventually(`a page of ${name}`, () => ofPool()[0]);
    expect(page.receiver).toBe(`${owner}-${severity === "medium" ? "message" : "page"}`);
    expect(page.alerts.map(({ labels }) => labels["alertname"])).toEqual([name]);
    const lines = page.alerts[0]?.text.split("\n") ?? [];
    expect(lines[0]).toContain("; job=none; evidence=ALERTS{");
    expect(lines[0]).toContain(`; next action=${nextAction}; owner=${owner}; due=20`);
    expect(lines).toContain(`Worker: none; pool: ${key}; phase: ${page.alerts[0]?.labels["phase"]}`);
    expect(page.alerts[0]?.text).not.toMatch(/<no value>|\{\{|%!/);
    expect(ofPool().flatMap(({ alerts }) => alerts.map(({ labels }) => labels["alertname"]))).toEqual([name]);
  });
});

describe.each(OBJECTIVES)("$key", ({ name, key, owner, nextAction }) => {
  test("R4.5: claims that ended badly are one page of their pool", async () => {
    const ofPool = () => receiver.pages.filter(({ alerts }) => alerts[0]?.labels["worker_pool"] === key);
    const page = await eventually(`a page of ${name}`, () => ofPool()[0]);
    expect(page.receiver).toBe(`${owner}-page`);
    const lines = page.alerts[0]?.text.split("\n") ?? [];
    expect(lines[0]).toContain("; job=none; evidence=attempt:");
    expect(lines[0]).toContain(`; next action=${nextAction}; owner=${owner}; due=20`);
    expect(lines).toContain(`Worker: none; pool: ${key}; phase: none`);
    expect(page.alerts[0]?.text).not.toMatch(/<no value>|\{\{|%!/);
    expect(ofPool().flatMap(({ alerts }) => alerts.map(({ labels }) => labels["alertname"]))).toEqual([name]);
  });
});

test("what fires has exactly the labels that the rule tests expect, and the healthy worker has none", async () => {
  // Prometheus keeps no ALERTS series for the first two rounds after its start.
  const firing = await eventually("all alerts", async () => {
    const found = await query(
      stack.prometheusUrl,
      'ALERTS{alertstate="firing",alert_key!="watchdog",worker_pool="reports"}',
    );
    return found.length >= PAGED.length ? found : undefined;
  });
  const names = (series: { readonly metric: Readonly<Record<string, string>> }) =>
    Object.keys(series.metric).sort().join(",");
  const common = "__name__,alert_key,alertname,alertstate";
  const own = "owner,phase,severity";
  const ofEvent = `${common},job_id,kind,owner,phase,reason,severity,trace_id,worker_id,worker_pool`;
  expect(Object.fromEntries(firing.map((series) => [series.metric["alert_key"], names(series)]))).toEqual({
    phase_failed: ofEvent,
    session_dead: ofEvent,
    queue_stuck: `${common},job_id,${own.replace("severity", "reason,severity")},trace_id,worker_id,worker_pool`,
    silent_loop: `${common},${own},worker_id,worker_pool`,
    false_green: `${common},job_id,${own},trace_id,worker_id,worker_pool`,
    multiple_primary_jobs: ofEvent,
    repair_exhausted: ofEvent,
    session_cancelled: ofEvent,
    secret_redacted: ofEvent,
    control_store_unreadable: ofEvent,
    complete_unknown: ofEvent,
    lease_expiring_with_claimed_job: `${common},job_id,${own},trace_id,worker_id,worker_pool`,
    lease_expired: `${common},job_id,${own},trace_id,worker_id,worker_pool`,
    complete_rejected: ofEvent,
    job_not_found_after_claim: ofEvent,
    artifact_missing: ofEvent,
    missing_deliverable_id: ofEvent,
    repeated_no_job: `${common},${own},worker_id,worker_pool`,
    worker_absent: `${common},${own},worker_id,worker_pool`,
  });
  expect(firing.filter(({ metric }) => metric["worker_id"] === "healthy")).toEqual([]);
});

test("rows that arrive late and out of order close a page, and another instance id does not reopen it", async () => {
  const id = "lease_expiring_with_claimed_job";
  // Settled half a minute ago, told only now; the restarted process then repeats nothing but its life.
  await sendRows(stack.otlpEndpoint, `${id}-second`, [
    { metric: "claimSettledAt", attributes: attempt(id), value: now() - 30, atMillis: Date.now() - 30_000 },
    { metric: "aliveAt", attributes: worker(id), value: now() },
  ]);
  const resolved = () =>
    receiver.pages.find(({ status, alerts }) => status === "resolved" && alerts[0]?.labels["worker_id"] === id);
  await eventually("the page is resolved", resolved);
  // An older lease sample, later than everything else.
  await sendRows(stack.otlpEndpoint, `${id}-third`, [
    { metric: "claimLeaseExpiresAt", attributes: attempt(id), value: now() + 100, atMillis: Date.now() - 20_000 },
  ]);
  await new Promise((later) => setTimeout(later, 5_000));
  expect(await query(stack.prometheusUrl, `ALERTS{worker_id="${id}"}`)).toEqual([]);
});

test("every first-look query of every runbook runs", async () => {
  for (const { runbook } of ALERTS) {
    for (const { expr } of runbook.firstLook)
      await query(stack.prometheusUrl, expr.replaceAll(/\$(?:pool|worker|job)/g, "x"));
  }
});
