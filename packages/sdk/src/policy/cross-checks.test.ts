import { expect, test } from "vitest";
import { createPolicy, type PolicyInput } from "./create-policy.ts";
import { createPolicy as createFromIndex, defaultPolicy } from "./index.ts";
import { detectionSeconds, pageLatencySeconds } from "./page-latency.ts";
import type { Severity } from "./policy.ts";

const thresholds = (values: PolicyInput["thresholds"]): PolicyInput => ({ thresholds: values });

// The last value that is refused and the first that is not, or the other way round, for each relation.
test.each<[string, PolicyInput, PolicyInput]>([
  [
    "lease_keepalive_minutes",
    thresholds({ lease_keepalive_minutes: 5.5 }),
    thresholds({ lease_keepalive_minutes: 5.51 }),
  ],
  [
    "lease_keepalive_minutes",
    thresholds({ lease_remaining_minutes_warn: 6.5 }),
    thresholds({ lease_remaining_minutes_warn: 6.49 }),
  ],
  ["lease_max_minutes", thresholds({ lease_max_minutes: 7 }), thresholds({ lease_max_minutes: 7.1 })],
  [
    "lease_remaining_minutes_warn",
    thresholds({
      lease_remaining_minutes_warn: 0.5,
      lease_emergency_minutes: 0.4,
      artifact_missing_lease_minutes: 0.4,
    }),
    thresholds({
      lease_remaining_minutes_warn: 0.51,
      lease_emergency_minutes: 0.4,
      artifact_missing_lease_minutes: 0.4,
    }),
  ],
  [
    "once_retention_days",
    { journal: { retention_days: 60, once_retention_days: 59 } },
    { journal: { retention_days: 60, once_retention_days: 60 } },
  ],
  [
    "slo.burn.message_slow.long_window_minutes",
    { slo: { period_days: 2.9, burn: { message_slow: { budget_percent: 9 } } } },
    { slo: { period_days: 3, burn: { message_slow: { budget_percent: 9 } } } },
  ],
  [
    "slo.burn.page_fast.short_window_minutes",
    { slo: { burn: { page_fast: { short_window_minutes: 60 } } } },
    { slo: { burn: { page_fast: { short_window_minutes: 59 } } } },
  ],
  [
    "slo.burn.page_fast.short_window_minutes",
    { slo: { burn: { page_fast: { short_window_minutes: 1.9 } } } },
    { slo: { burn: { page_fast: { short_window_minutes: 2 } } } },
  ],
  // A burn rate of 14.4 can not be reached where a fourteenth of the claims may be bad.
  [
    "slo.burn.page_fast.budget_percent",
    { slo: { artifact_objective_percent: 93 } },
    { slo: { artifact_objective_percent: 93.1 } },
  ],
  [
    "slo.burn.page_fast.budget_percent",
    { slo: { lease_objective_percent: 93 } },
    { slo: { lease_objective_percent: 93.1 } },
  ],
  ["telemetry.failing_seconds", { telemetry: { failing_seconds: 59 } }, { telemetry: { failing_seconds: 60 } }],
  ["lease_emergency_minutes", thresholds({ lease_emergency_minutes: 5 }), thresholds({ lease_emergency_minutes: 4.9 })],
  [
    "artifact_missing_lease_minutes",
    thresholds({ artifact_missing_lease_minutes: 5.1 }),
    thresholds({ artifact_missing_lease_minutes: 5 }),
  ],
  [
    "complete_safety_margin_seconds",
    thresholds({ complete_safety_margin_seconds: 180 }),
    thresholds({ complete_safety_margin_seconds: 179 }),
  ],
  [
    "lease_expired_grace_seconds",
    thresholds({ lease_expired_grace_seconds: 10 }),
    thresholds({ lease_expired_grace_seconds: 11 }),
  ],
  ["page_open_minutes", thresholds({ page_open_minutes: 2.5 }), thresholds({ page_open_minutes: 2.6 })],
  ["event_hold_minutes", thresholds({ event_hold_minutes: 0.8 }), thresholds({ event_hold_minutes: 0.9 })],
  ["progress_stall_minutes", thresholds({ progress_stall_minutes: 0.5 }), thresholds({ progress_stall_minutes: 0.6 })],
  [
    "worker_absent_heartbeats",
    thresholds({ worker_absent_heartbeats: 1.03 }),
    thresholds({ worker_absent_heartbeats: 1.04 }),
  ],
  [
    "worker_absent_heartbeats",
    thresholds({ worker_absent_heartbeats: 18 }),
    thresholds({ worker_absent_heartbeats: 17.8 }),
  ],
  [
    "worker_absent_heartbeats",
    { heartbeat_interval_minutes: 0.5, pipeline: { row_refresh_seconds: 40 } },
    { heartbeat_interval_minutes: 0.5, pipeline: { row_refresh_seconds: 39 } },
  ],
  [
    "repeat_interval_minutes",
    { pipeline: { repeat_interval_minutes: 0.49 } },
    { pipeline: { repeat_interval_minutes: 0.5 } },
  ],
  [
    "critical.due_minutes",
    { severities: { critical: { due_minutes: 0.41 } } },
    { severities: { critical: { due_minutes: 0.42 } } },
  ],
  [
    "medium.due_minutes",
    { severities: { medium: { due_minutes: 59 } } },
    { severities: { medium: { due_minutes: 60 } } },
  ],
  [
    "checks.artifact.pass",
    { checks: { artifact: { pass: "primary_artifact_url_http_status in [404, 500]" } } },
    { checks: { artifact: { pass: "primary_artifact_url_http_status in [404, 301]" } } },
  ],
  [
    "checks.artifact.pass",
    { checks: { artifact: { pass: "status == 200 or primary_artifact_url_http_status == 200" } } },
    { checks: { artifact: { pass: "not primary_artifact_url_http_status != 200" } } },
  ],
])("%s: %j is refused, %j is not", (key, refused, allowed) => {
  expect(() => createPolicy(refused)).toThrow(
    new RegExp(`^policy: (?:[a-z]+\\.)?${key.replaceAll(".", "\\.")}: found .* Otherwise `),
  );
  expect(createPolicy(allowed)).toBeDefined();
});

test("a relation is not judged on a value that is refused already", () => {
  expect(() => createPolicy(thresholds({ lease_remaining_minutes_warn: -1 }))).toThrow(
    /^policy: thresholds\.lease_remaining_minutes_warn: found -1, [^\n]*$/,
  );
});

test.each<[Severity, number]>([
  ["critical", 25],
  ["high", 30],
  ["medium", 30],
  ["low", 50],
])("the page latency of %s is %i s by default", (severity, seconds) => {
  expect(pageLatencySeconds(defaultPolicy, severity)).toBe(seconds);
});

test("the page latency follows each number that it is made of", () => {
  const policy = createFromIndex({
    pipeline: { export_interval_seconds: 1, rule_interval_seconds: 2 },
    severities: { high: { group_wait_seconds: 4 } },
  });
  expect(detectionSeconds(policy)).toBe(8);
  expect(pageLatencySeconds(policy, "high")).toBe(12);
  expect(pageLatencySeconds(policy, "high", { forSeconds: 60 })).toBe(72);
  expect(pageLatencySeconds(policy, "high", { isSlow: true })).toBe(
    10 + defaultPolicy.pipeline.slow_rule_interval_seconds,
  );
});
