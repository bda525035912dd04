import { createPolicy, defaultPolicy, type PolicyInput } from "@worker-watchdog/sdk/policy";
import { ATTRIBUTES, METRICS, prometheusLabel } from "@worker-watchdog/sdk/semconv";
import { expect, test } from "vitest";
import { rulesPath } from "../paths.ts";
import { SLO_GROUP } from "../slo/slo-group.ts";
import { DEEP_GROUP, PAGING_GROUP, PIPELINE_GROUP, type RuleGroup, ruleFile, ruleFiles } from "./rules-file.ts";

/** Of the workers, of the pipeline and of dashboards; the objectives have a test of their own. */
const expressions = (input: PolicyInput = {}): string =>
  (["worker", "pipeline", "dashboards"] as const)
    .flatMap((area) => ruleFiles(createPolicy(input)).get(rulesPath(area))?.groups ?? [])
    .flatMap(({ rules }) => rules.map(({ expr }) => expr))
    .join("\n");

/** One number of the policy changed alone, and what the expressions say then. None of it is there by default. */
const CHANGES: readonly (readonly [key: string, input: PolicyInput, text: string])[] = [
  ["lease_remaining_minutes_warn", { thresholds: { lease_remaining_minutes_warn: 4.5 } }, "< time() + 270"],
  ["artifact_missing_lease_minutes", { thresholds: { artifact_missing_lease_minutes: 4.25 } }, "< time() + 255"],
  ["lease_expired_grace_seconds", { thresholds: { lease_expired_grace_seconds: 77 } }, "< time() - 77"],
  ["lease_expired_grace_seconds", { thresholds: { lease_expired_grace_seconds: 77 } }, "> time() - 137"],
  ["repeated_no_job_warn_count", { thresholds: { repeated_no_job_warn_count: 7 } }, ">= 7"],
  [
    "complete_rejection_warn_count",
    { thresholds: { complete_rejection_warn_count: 8 } },
    '{kind="complete_rejected"}) >= 8',
  ],
  [
    "job_not_found_after_claim_critical_count",
    { thresholds: { job_not_found_after_claim_critical_count: 9 } },
    '{kind="job_not_found"}) >= 9',
  ],
  [
    "missing_deliverable_id_warn_count",
    { thresholds: { missing_deliverable_id_warn_count: 6 } },
    '{kind="missing_deliverable_id"}) >= 6',
  ],
  ["lease_max_minutes", { thresholds: { lease_max_minutes: 75 } }, "expires_at_seconds[3h15m]"],
  ["lease_max_minutes", { thresholds: { lease_max_minutes: 75 } }, "settled_at_seconds[4h15m]"],
  ["page_open_minutes", { thresholds: { page_open_minutes: 150 } }, "expires_at_seconds[3h30m]"],
  ["page_open_minutes", { thresholds: { page_open_minutes: 150 } }, "alive_at_seconds[3h30m]"],
  ["event_hold_minutes", { thresholds: { event_hold_minutes: 45 } }, "incidents[45m]"],
  ["event_hold_minutes", { thresholds: { event_hold_minutes: 45 } }, "incidents_cleared[1h45m]"],
  ["worker_absent_heartbeats", { thresholds: { worker_absent_heartbeats: 3 } }, "< time() - 1800"],
  ["worker_absent_heartbeats", { thresholds: { worker_absent_heartbeats: 3 } }, "streak[40m]"],
  ["progress_stall_minutes", { thresholds: { progress_stall_minutes: 17 } }, "< time() - 1020"],
  ["queue_stuck_no_life_minutes", { thresholds: { queue_stuck_no_life_minutes: 11 } }, "< time() - 660"],
  ["queue_stuck_no_life_minutes", { thresholds: { queue_stuck_no_life_minutes: 11 } }, "max_open - 960"],
  ["queue_stuck_lease_minutes", { thresholds: { queue_stuck_lease_minutes: 6 } }, "< time() - 360"],
  ["queue_stuck_pending_minutes", { thresholds: { queue_stuck_pending_minutes: 12 } }, "< time() - 720"],
  ["queue_stuck_pending_minutes", { thresholds: { queue_stuck_pending_minutes: 12 } }, "> time() - 720"],
  ["silent_heartbeats_warn_count", { thresholds: { silent_heartbeats_warn_count: 5 } }, ">= 5"],
  ["pool_affected_percent", { thresholds: { pool_affected_percent: 31 } }, "clamp_min(0.31 *"],
  ["pool_affected_min_workers", { thresholds: { pool_affected_min_workers: 7 } }, ":count, 7) <="],
  [
    "repeated_no_job_needs_backlog",
    { alerts: { repeated_no_job_needs_backlog: true } },
    "max by (worker_pool) (last_over_time(worker_queue_pending_jobs[",
  ],
  [
    "advancement_half_life_minutes",
    { thresholds: { advancement_half_life_minutes: 120 } },
    `* ${(Math.LN2 / 7200).toPrecision(6)}`,
  ],
  ["lease_remaining_minutes_warn", { thresholds: { lease_remaining_minutes_warn: 4.5 } }, ">= time() + 270"],
  ["artifact_objective_percent", { slo: { artifact_objective_percent: 96 } }, "ratio1h / 0.04"],
  ["page_fast.long_window_minutes", { slo: { burn: { page_fast: { long_window_minutes: 90 } } } }, '"window", "1h30m"'],
  ["heartbeat_interval_minutes", { heartbeat_interval_minutes: 7 }, "< time() - 840"],
  ["slow_rule_interval_seconds", { pipeline: { slow_rule_interval_seconds: 90 } }, "expires_at_seconds[7m30s]"],
  ["slow_rule_interval_seconds", { pipeline: { slow_rule_interval_seconds: 90 } }, "settled_at_seconds[15m]"],
  ["queue_stuck_pending_minutes", { thresholds: { queue_stuck_pending_minutes: 33 } }, "started_at_seconds[33m]"],
  ["group_interval_seconds", { pipeline: { group_interval_seconds: 45 } }, "> time() - 135"],
  ["clock_offset_warn_seconds", { thresholds: { clock_offset_warn_seconds: 33 } }, "< time() - 33"],
  ["clock_offset_warn_seconds", { thresholds: { clock_offset_warn_seconds: 33 } }, "max_held_beside) + 33"],
  ["export_interval_seconds", { pipeline: { export_interval_seconds: 7 } }, "< time() - 22"],
  ["clock_offset_warn_seconds", { thresholds: { clock_offset_warn_seconds: 44 } }, ">= 44"],
  ["collector_job", { telemetry: { collector_job: "otelcol" } }, 'up{job="otelcol"}'],
  ["prometheus_job", { telemetry: { prometheus_job: "prom" } }, '_failures_total{job="prom"'],
  ["alertmanager_job", { telemetry: { alertmanager_job: "am" } }, 'failed_total{job="am"}'],
  ["exporter", { telemetry: { exporter: "otlphttp" } }, 'exporter="otlphttp"'],
  ["scrape_interval_seconds", { telemetry: { scrape_interval_seconds: 6 } }, "[15s]"],
  ["failing_seconds", { telemetry: { failing_seconds: 100 } }, "[50s]"],
  ["queue_warn_percent", { telemetry: { queue_warn_percent: 37 } }, ">= 0.37"],
  ["restarts_warn_count", { telemetry: { restarts_warn_count: 17 } }, ">= 17"],
];

test.each(CHANGES)("%s changed alone: %o says %s", (_, input, text) => {
  expect(expressions(input)).toContain(text);
  expect(expressions()).not.toContain(text);
});

const OF_PIPELINE_WAITS: typeof CHANGES = [
  ["catch_up_seconds", { telemetry: { catch_up_seconds: 77 } }, "TelemetryCatchingUp keeps 4m27s"],
  ["row_refresh_seconds", { pipeline: { row_refresh_seconds: 90 } }, "TelemetryCatchingUp keeps 4m10s"],
  // The slowest group that it mutes: the objectives, and where those are quicker, the deep scans.
  ["slo.rule_interval_seconds", { slo: { rule_interval_seconds: 150 } }, "TelemetryCatchingUp keeps 4m10s"],
  ["slo.rule_interval_seconds", { slo: { rule_interval_seconds: 30 } }, "TelemetryCatchingUp keeps 2m40s"],
  ["failing_seconds", { telemetry: { failing_seconds: 100 } }, "TelemetryCollectorDown waits 1m40s"],
  ["failing_seconds", { telemetry: { failing_seconds: 100 } }, "TelemetryAlertmanagerDown keeps 1m40s"],
];

test.each(OF_PIPELINE_WAITS)("%s changed alone: %o says %s", (_, input, text) => {
  const waits = (of: PolicyInput): readonly string[] =>
    ruleFile(createPolicy(of))
      .groups.flatMap(({ rules }) => rules)
      .flatMap((rule) =>
        "alert" in rule ? [`${rule.alert} waits ${rule.for}`, `${rule.alert} keeps ${rule.keep_firing_for}`] : [],
      );
  expect(waits(input)).toContain(text);
  expect(waits({})).not.toContain(text);
});

test("with every number changed, no number of the default policy is left in an expression", () => {
  const changed = expressions({
    heartbeat_interval_minutes: 7,
    thresholds: {
      lease_remaining_minutes_warn: 4.5,
      lease_keepalive_minutes: 8,
      artifact_missing_lease_minutes: 4.25,
      lease_expired_grace_seconds: 77,
      repeated_no_job_warn_count: 7,
      complete_rejection_warn_count: 8,
      job_not_found_after_claim_critical_count: 9,
      missing_deliverable_id_warn_count: 6,
      lease_max_minutes: 75,
      page_open_minutes: 151,
      event_hold_minutes: 46,
      worker_absent_heartbeats: 3,
      progress_stall_minutes: 17,
      queue_stuck_no_life_minutes: 11,
      queue_stuck_lease_minutes: 6,
      queue_stuck_pending_minutes: 12,
      silent_heartbeats_warn_count: 21,
      pool_affected_percent: 31,
      pool_affected_min_workers: 13,
      clock_offset_warn_seconds: 33,
      advancement_half_life_minutes: 77,
    },
    telemetry: {
      scrape_interval_seconds: 8,
      failing_seconds: 184,
      catch_up_seconds: 31,
      queue_warn_percent: 60,
      restarts_warn_count: 12,
    },
    pipeline: {
      row_refresh_seconds: 91,
      group_interval_seconds: 46,
      export_interval_seconds: 7,
      rule_interval_seconds: 11,
      slow_rule_interval_seconds: 61,
    },
    slo: {
      artifact_objective_percent: 96,
      lease_objective_percent: 98,
      burn: {
        page_fast: { long_window_minutes: 61 },
        page_slow: { long_window_minutes: 361 },
        message_fast: { long_window_minutes: 1_441 },
        message_slow: { long_window_minutes: 4_321 },
      },
    },
  });
  const before = new Set(numbers(expressions()));
  const left = numbers(changed).filter((number) => before.has(number));
  // `> 0` asks whether any incident is open, and `vector(1)` is the dead man's switch: neither is a threshold. Nor are HTTP's 4xx and 429.
  expect(new Set(left)).toEqual(new Set(["0", "1", "4", "429"]));
});

test("a rule reads only metrics of semconv, and what is recorded before it or in another group", () => {
  const labels = Object.values(ATTRIBUTES).map(({ key }) => prometheusLabel(key));
  const known = new Set<string>([...Object.values(METRICS).map(({ prometheusName }) => prometheusName), ...labels]);
  const { groups } = ruleFile(defaultPolicy);
  const recordedBy = (of: RuleGroup) => of.rules.flatMap((rule) => ("record" in rule ? [rule.record] : []));
  for (const group of groups) {
    const recorded = new Set(groups.filter((other) => other !== group).flatMap(recordedBy));
    for (const rule of group.rules) {
      for (const [name] of rule.expr.matchAll(
        /\b(?:attempt:|worker:|pool:)?worker_(?:claim|complete|alive|stopped|no_job|silent|queue|session)\w*(?::\w+)?/g,
      )) {
        expect(known.has(name) || recorded.has(name), name).toBe(true);
      }
      if ("record" in rule) recorded.add(rule.record);
    }
  }
});

test("what pages within seconds is in one group, after what it reads, and what stands still for minutes with the deep scans", () => {
  const group = ruleFile(defaultPolicy).groups.find(({ name }) => name === PAGING_GROUP);
  const kinds = group?.rules.map((rule) => ("record" in rule ? "record" : "alert")) ?? [];
  expect(kinds.lastIndexOf("record")).toBeLessThan(kinds.indexOf("alert"));
  const paging = ruleFile(defaultPolicy).groups.filter(({ rules }) => rules.some((rule) => "alert" in rule));
  expect(paging.map(({ name }) => name)).toEqual([DEEP_GROUP, PAGING_GROUP, PIPELINE_GROUP, SLO_GROUP]);
});

function numbers(text: string): readonly string[] {
  return [...text.matchAll(/(?<![\w:])\d+(?:\.\d+)?(?:[a-z]+\d*)*(?!\w)/g)].map(([number]) => number);
}
