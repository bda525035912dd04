import { ALERT_KEYS, createPolicy, defaultPolicy } from "@worker-watchdog/sdk/policy";
import { INCIDENT_REASONS } from "@worker-watchdog/sdk/semconv";
import { describe, expect, test } from "vitest";
import { ranges } from "../rules/ranges.ts";
import { type Rule, ruleFile } from "../rules/rules-file.ts";
import { runbookPage } from "../runbooks/runbook-page.ts";
import { policyKeyOf } from "./alert-definition.ts";
import { ALERTS, enabledAlerts, expressionsOf, ownerOf } from "./alert-table.ts";
import { alertAnnotations, NONE } from "./page-fields.ts";

/** R4, to the letter: names, severities, owners and next actions of the first five are fixed, and the others follow it. */
const R4 = [
  [1, "lease_expiring_with_claimed_job", "high", "pls_platform_owner", "alert_and_retouch"],
  [2, "complete_rejected", "high", "codex_worker_maintainer", "add_missing_kind_or_escalate"],
  [3, "job_not_found_after_claim", "critical", "pls_platform_owner", "preserve_artifact_and_alert"],
  [4, "artifact_missing", "high", "codex_worker_maintainer", "publish_or_fail_with_reason"],
  [5, "repeated_no_job", "medium", "pls_ops", "inspect_backlog_capabilities"],
  [5, "repeated_no_job_pool", "medium", "pls_ops", "inspect_backlog_capabilities"],
  [6, "lease_expired", "high", "pls_platform_owner", "mark_stale_and_request_reclaim"],
  [7, "queue_stuck", "high", "pls_platform_owner", "supervisor_review"],
  [7, "queue_stuck_pool", "high", "pls_platform_owner", "supervisor_review"],
  [8, "silent_loop", "high", "codex_worker_maintainer", "inspect_worker"],
  [8, "silent_loop_pool", "high", "codex_worker_maintainer", "inspect_worker"],
  [9, "missing_deliverable_id", "medium", "codex_worker_maintainer", "publish_shared_cloud_artifact"],
  [10, "phase_failed", "high", "codex_worker_maintainer", "retouch_worker"],
  [10, "phase_failed_pool", "high", "codex_worker_maintainer", "retouch_worker"],
  [11, "session_dead", "critical", "pls_platform_owner", "reauthenticate_or_refill"],
  [12, "false_green", "critical", "pls_platform_owner", "revert_completion"],
  [13, "multiple_primary_jobs", "critical", "pls_platform_owner", "stop_worker"],
  [14, "worker_absent", "high", "pls_ops", "restart_worker"],
  [14, "worker_absent_pool", "high", "pls_ops", "restart_worker"],
  [15, "repair_exhausted", "high", "pls_platform_owner", "decide_repair"],
  [15, "repair_exhausted_pool", "high", "pls_platform_owner", "decide_repair"],
  [16, "session_cancelled", "medium", "codex_worker_maintainer", "review_budget"],
  [17, "secret_redacted", "high", "codex_worker_maintainer", "rotate_credential"],
  [19, "control_store_unreadable", "high", "pls_platform_owner", "restore_store"],
  [20, "complete_unknown", "high", "codex_worker_maintainer", "read_job_state"],
  // R4.5
  [undefined, "artifact_error_budget_burn", "high", "pls_platform_owner", "find_common_cause"],
  [undefined, "lease_error_budget_burn", "high", "pls_platform_owner", "find_common_cause"],
  [18, "telemetry_collector_down", "high", "pls_ops", "inspect_pipeline"],
  [18, "telemetry_receiver_refusing", "high", "pls_ops", "inspect_pipeline"],
  [18, "telemetry_exports_refused", "high", "pls_ops", "inspect_pipeline"],
  [18, "telemetry_exports_stuck", "high", "pls_ops", "inspect_pipeline"],
  [18, "telemetry_rules_failing", "high", "pls_ops", "inspect_pipeline"],
  [18, "telemetry_evaluation_gap", "high", "pls_ops", "inspect_pipeline"],
  [18, "telemetry_alertmanager_down", "high", "pls_ops", "inspect_pipeline"],
  [18, "telemetry_notifications_failing", "high", "pls_ops", "inspect_pipeline"],
  [18, "telemetry_config_refused", "high", "pls_ops", "inspect_pipeline"],
  [18, "telemetry_not_scraped", "high", "pls_ops", "inspect_pipeline"],
  [18, "telemetry_cardinality_overflow", "high", "pls_ops", "inspect_pipeline"],
  [18, "telemetry_rows_missing", "high", "pls_ops", "inspect_pipeline"],
  [18, "telemetry_clock_off", "low", "pls_ops", "inspect_pipeline"],
  // It mutes, and is no page: what is wrong has its own.
  [18, "telemetry_catching_up", "low", "pls_ops", "inspect_pipeline"],
] as const;

/** Which fields of a page read `none`, by alert. */
const OF_PIPELINE = ["worker", "pool", "job", "evidence_ref", "trace_url"];
const OF_POOL = ["worker", "job", "evidence_ref", "trace_url"];
const NONE_FIELDS: Readonly<Record<string, readonly string[]>> = {
  silent_loop: ["job", "evidence_ref", "trace_url"],
  repeated_no_job_pool: OF_POOL,
  queue_stuck_pool: OF_POOL,
  silent_loop_pool: OF_POOL,
  phase_failed_pool: OF_POOL,
  worker_absent_pool: OF_POOL,
  repair_exhausted_pool: OF_POOL,
  artifact_error_budget_burn: OF_POOL,
  lease_error_budget_burn: OF_POOL,
  repeated_no_job: ["job", "evidence_ref", "trace_url"],
  worker_absent: ["job", "evidence_ref", "trace_url"],
  ...Object.fromEntries(ALERTS.filter(({ scope }) => scope === "pipeline").map(({ key }) => [key, OF_PIPELINE])),
  telemetry_rows_missing: ["job", "evidence_ref", "trace_url"],
  telemetry_clock_off: ["job", "evidence_ref", "trace_url"],
  watchdog: ["worker", "pool", "job", "evidence", "evidence_ref", "trace_url"],
};

const FIELDS = [
  "summary",
  "description",
  "opening",
  "state",
  "worker",
  "pool",
  "job",
  "evidence",
  "evidence_ref",
  "next_action",
  "due_minutes",
  "runbook_url",
  "dashboard_url",
  "trace_url",
];

test("the table is R4's", () => {
  const table = ALERTS.filter(({ key }) => key !== "watchdog");
  expect(
    table.map(({ number, key, severity, owner, nextAction }) => [number, key, severity, owner, nextAction]),
  ).toEqual(R4);
});

test("every alert of the policy is in the table, once", () => {
  const own = ALERTS.map(({ key }) => key).filter((key) => policyKeyOf(key) === key);
  expect(own.sort()).toEqual([...ALERT_KEYS, "watchdog"].sort());
});

test.each(ALERTS)("$key: its name is its key in CamelCase", ({ key, name }) => {
  expect(name).toBe(key.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase()));
});

describe.each(ALERTS)("$key", (alert) => {
  test("every field of a page is there, and reads `none` only where it can not apply", () => {
    const annotations = alertAnnotations(alert, defaultPolicy);
    expect(Object.keys(annotations)).toEqual(FIELDS);
    expect(Object.values(annotations).every((text) => text.trim() !== "")).toBe(true);
    expect(Object.keys(annotations).filter((field) => annotations[field] === NONE)).toEqual(
      NONE_FIELDS[alert.key] ?? [],
    );
  });

  test("nothing that changes with the value is a label, or an annotation other than the description", () => {
    const rule = alertRule(alert.name);
    // Of an alert with several severities, the gravest stands for all: they differ in severity and due time.
    expect(JSON.stringify(rule.labels)).not.toContain("$value");
    const { description: _, ...others } = rule.annotations;
    expect(JSON.stringify(others)).not.toContain("$value");
  });

  test("its runbook says everything", () => {
    const { firstLook, steps, never, ...texts } = alert.runbook;
    for (const list of [firstLook, steps, never]) expect(list.length).toBeGreaterThan(0);
    for (const text of Object.values(texts)) expect(text.length).toBeGreaterThan(20);
  });
});

test("R4, R4.7: a pool's alert 10 is high for doctor, touch, context and complete, and medium for claim, progress, build and upload", () => {
  const [high, medium, ...others] = expressions("phase_failed_pool");
  expect(others).toEqual([]);
  expect([high?.severity, medium?.severity]).toEqual(["high", "medium"]);
  const reasons = (expr: string | undefined) => /reason=~"([a-z_|]+)"/.exec(expr ?? "")?.[1]?.split("|") ?? [];
  expect(reasons(high?.expr)).toEqual(["doctor", "touch", "context", "artifact", "complete"]);
  expect([...reasons(high?.expr), ...reasons(medium?.expr)].sort()).toEqual([...INCIDENT_REASONS.phase_failed].sort());
});

test("R4.7: 7, 8, 10, 14 and 15 are messages for one worker of many, and high for one that is its whole pool", () => {
  for (const key of ["queue_stuck", "silent_loop", "phase_failed", "worker_absent", "repair_exhausted"] as const) {
    expect(expressions(key).map(({ severity }) => severity)).toEqual(["high", "medium"]);
  }
});

function expressions(key: (typeof ALERTS)[number]["key"]): ReturnType<typeof expressionsOf> {
  const alert = ALERTS.find((entry) => entry.key === key);
  if (alert === undefined) throw new Error(`There is no alert ${key}.`);
  return expressionsOf(alert, { policy: defaultPolicy, ranges: ranges(defaultPolicy) });
}

test("R4.1: 11, 14 and 18 word their own state, and nobody else does", () => {
  const own = ALERTS.filter(({ opening }) => opening !== undefined).map(({ key }) => key);
  expect(own).toEqual([
    "session_dead",
    "worker_absent",
    "worker_absent_pool",
    ...ALERTS.filter(({ number }) => number === 18).map(({ key }) => key),
  ]);
});

test("the policy's owner replaces pls_platform_owner, and nobody else", () => {
  const policy = createPolicy({ owner: "reports_team" });
  expect(ALERTS.map((alert) => ownerOf(alert, policy))).toEqual(
    ALERTS.map(({ owner }) => (owner === "pls_platform_owner" ? "reports_team" : owner)),
  );
});

test("an alert that the policy switches off has no rule; the dead man's switch can not be switched off", () => {
  const policy = createPolicy({ alerts: { disabled: [...ALERT_KEYS] } });
  expect(enabledAlerts(policy).map(({ key }) => key)).toEqual(["watchdog"]);
  expect(ruleFile(policy).groups.flatMap(({ rules }) => rules.filter((rule) => "alert" in rule))).toHaveLength(1);
});

test("without alert 6 nothing takes over from alert 1, so it stays", () => {
  const policy = createPolicy({ alerts: { disabled: ["lease_expired"] } });
  expect(alertRule("LeaseExpiringWithClaimedJob", policy).expr).not.toContain("> time() -");
  expect(alertRule("LeaseExpiringWithClaimedJob").expr).toContain("> time() -");
});

test("links of the policy become addresses; without them a page gives file, UID and trace id", () => {
  const alert = ALERTS[0];
  if (alert === undefined) throw new Error("The table is empty.");
  const links = {
    runbook: "https://wiki.example/runbooks",
    dashboard: "https://grafana.example/",
    trace: "https://traces.example/{trace_id}?x=1",
  };
  expect(alertAnnotations(alert, createPolicy({ links }))).toMatchObject({
    runbook_url: "https://wiki.example/runbooks#lease_expiring_with_claimed_job",
    dashboard_url:
      "https://grafana.example/d/worker-watchdog-worker?var-pool={{ $labels.worker_pool | urlQueryEscape }}&var-worker={{ $labels.worker_id | urlQueryEscape }}",
    trace_url: "https://traces.example/{{ $labels.trace_id }}?x=1",
  });
  expect(alertAnnotations(alert, defaultPolicy)).toMatchObject({
    runbook_url: "prometheus-rules/runbooks/lease_expiring_with_claimed_job.md",
    dashboard_url: "worker-watchdog-worker",
    trace_url: "{{ $labels.trace_id }}",
  });
});

test.each([
  ["lease_expired", "worker"],
  ["secret_redacted", "worker"],
  ["worker_absent", "worker"],
  ["worker_absent_pool", "fleet"],
  ["artifact_error_budget_burn", "results"],
  ["telemetry_collector_down", "pipeline"],
  ["telemetry_catching_up", "pipeline"],
  ["watchdog", "pipeline"],
])("the page of %s leads to the dashboard %s, and so does its runbook", (key, dashboard) => {
  const alert = ALERTS.find((candidate) => candidate.key === key);
  if (alert === undefined) throw new Error(`No alert is named ${key}.`);
  expect(alertAnnotations(alert, defaultPolicy)["dashboard_url"]).toBe(`worker-watchdog-${dashboard}`);
  expect(runbookPage(alert, defaultPolicy, { source: "watchdog.yaml" })).toContain(
    `grafana-dashboards/worker-watchdog-${dashboard}.json`,
  );
});

function alertRule(name: string, policy = defaultPolicy): Extract<Rule, { readonly alert: string }> {
  for (const { rules } of ruleFile(policy).groups) {
    for (const rule of rules) if ("alert" in rule && rule.alert === name) return rule;
  }
  throw new Error(`No rule is named ${name}.`);
}
