/** Check 4 of the design: each number that moves a page, changed alone, with what stays just below it and what is just above. */
import { defaultPolicy, type Policy, type PolicyInput } from "@worker-watchdog/sdk/policy";
import type { MetricKey } from "@worker-watchdog/sdk/semconv";
import type { RowPoint } from "../otlp-rows.ts";

/** Rows of one side: `pool` is the side's own, and times are seconds before now. */
export type Side = (pool: string, now: number) => readonly RowPoint[];

/** One number, changed alone. By default at least one of the two sides comes out otherwise, and the test sees that too. */
export interface NumberCase {
  readonly key: string;
  readonly change: PolicyInput;
  readonly alertname: string;
  /** Default: any. */
  readonly severity?: string | undefined;
  readonly below: Side;
  readonly above: Side;
}

const MINUTE = 60;
const FAR = 30 * MINUTE;

const point = (metric: MetricKey, attributes: Readonly<Record<string, string>>, value: number): RowPoint => ({
  metric,
  attributes,
  value,
});
const worker = (pool: string, id = "w0") => ({ "worker.pool": pool, "worker.id": id });
const attempt = (pool: string, id = "w0") => ({
  ...worker(pool, id),
  "job.id": `job-${id}`,
  "trace.id": `trace-${id}`,
});

/** A worker that was last seen so long ago, and holds nothing. */
const lastSeen =
  (seconds: number): Side =>
  (pool, now) => [point("aliveAt", worker(pool), now - seconds)];

/** A job that is held, with so much lease left; negative once it is over. */
const lease =
  (secondsLeft: number, more: Readonly<Partial<Record<MetricKey, number>>> = { claimArtifactVerifiedAt: 30 }): Side =>
  (pool, now) => [
    point("claimStartedAt", attempt(pool), now - 50 * MINUTE),
    point("claimLeaseExpiresAt", attempt(pool), now + secondsLeft),
    ...Object.entries(more).map(([metric, ago]) => point(metric as MetricKey, attempt(pool), now - ago)),
  ];

/** So many incidents of one kind in one attempt. */
const incidents =
  (kind: string, reason: string, value: number, secondsAgo = 0): Side =>
  (pool, now) => [
    {
      ...point("claimIncidents", { ...attempt(pool), kind, reason }, value),
      atMillis: (now - secondsAgo) * 1_000,
    },
  ];

/** A dead worker's lease, which ran out right after it was last told. */
const toldLast =
  (seconds: number): Side =>
  (pool, now) =>
    lease(-seconds + 60)(pool, now).map((row) => ({ ...row, atMillis: (now - seconds) * 1_000 }));

const streak =
  (metric: "noJobStreak" | "silentHeartbeats", value: number): Side =>
  (pool, now) => [
    point("aliveAt", worker(pool), now),
    point(metric, worker(pool), value),
    ...(metric === "noJobStreak" ? [point("claimPolledAt", worker(pool), now)] : []),
  ];

/** Jobs wait for so long, a worker asks, and gets none. */
const waiting =
  (seconds: number): Side =>
  (pool, now) => [
    point("aliveAt", worker(pool), now),
    point("claimPolledAt", worker(pool), now),
    point("queuePendingJobs", worker(pool), 2),
    point("queueOldestPendingAt", worker(pool), now - seconds),
    point("claimStartedAt", attempt(pool), now - 100 * MINUTE),
  ];

/** A pool of ten in which so many fail their doctor. */
const failing =
  (count: number): Side =>
  (pool, now) =>
    Array.from({ length: 10 }, (_, index) => `w${index}`).flatMap((id, index) => [
      point("aliveAt", worker(pool, id), now),
      ...(index < count
        ? [point("claimIncidents", { ...attempt(pool, id), kind: "phase_failed", reason: "doctor" }, 1)]
        : []),
    ]);

interface Ended {
  readonly good?: number;
  readonly bad?: number;
  readonly ago: number;
}

/** Claims that ended, good and bad for the artifact's objective. */
const ended =
  (...groups: readonly Ended[]): Side =>
  (pool, now) =>
    groups.flatMap(({ good = 0, bad = 0, ago }, group) =>
      Array.from({ length: good + bad }, (_, index) => attempt(pool, `c${group}-${index}`)).flatMap((of, index) => [
        point("claimSettledAt", of, now - ago),
        ...(index < good ? [point("claimArtifactVerifiedAt", of, now - ago)] : []),
      ]),
    );

/** Claims of which some kept their lease; the others' jobs were claimed again after it ran out, so that no other alert is about them. */
const leases =
  (kept: number, expired: number): Side =>
  (pool, now) => [
    ...Array.from({ length: kept }, (_, index) => attempt(pool, `k${index}`)).map((of) =>
      point("claimSettledAt", of, now - 20),
    ),
    ...Array.from({ length: expired }, (_, index) => attempt(pool, `e${index}`)).map((of) =>
      point("claimLeaseExpiresAt", of, now - 20 - defaultPolicy.thresholds.lease_expired_grace_seconds),
    ),
  ];

const thresholds = (values: PolicyInput["thresholds"]): PolicyInput => ({ thresholds: values });
const burn = (name: keyof Policy["slo"]["burn"], values: object): PolicyInput => ({
  slo: { burn: { [name]: values } },
});
const RECENT = 20;
const BEFORE_LONG = { good: 100, ago: 95 * MINUTE };
const burning = { alertname: "ArtifactErrorBudgetBurn", severity: "high" } as const;

/** The cases. Where a number is a time, the sides are minutes from it: the check takes one or two. */
export const NUMBER_CASES: readonly NumberCase[] = [
  {
    key: "heartbeat_interval_minutes",
    change: { heartbeat_interval_minutes: 20 },
    alertname: "WorkerAbsent",
    below: lastSeen(30 * MINUTE),
    above: lastSeen(40 * MINUTE + 1),
  },
  {
    key: "thresholds.worker_absent_heartbeats",
    change: thresholds({ worker_absent_heartbeats: 4 }),
    alertname: "WorkerAbsent",
    below: lastSeen(30 * MINUTE),
    above: lastSeen(40 * MINUTE + 1),
  },
  {
    key: "thresholds.lease_remaining_minutes_warn",
    change: thresholds({ lease_remaining_minutes_warn: 3.2 }),
    alertname: "LeaseExpiringWithClaimedJob",
    below: lease(4.95 * MINUTE),
    above: lease(3.2 * MINUTE - 1),
  },
  {
    key: "thresholds.artifact_missing_lease_minutes",
    change: thresholds({ artifact_missing_lease_minutes: 0.9 }),
    alertname: "ArtifactMissing",
    below: lease(2.95 * MINUTE, {}),
    above: lease(0.9 * MINUTE - 1, {}),
  },
  {
    key: "thresholds.lease_expired_grace_seconds",
    change: thresholds({ lease_expired_grace_seconds: 900 }),
    alertname: "LeaseExpired",
    below: lease(-10 * MINUTE),
    above: lease(-901),
  },
  {
    key: "thresholds.repeated_no_job_warn_count",
    change: thresholds({ repeated_no_job_warn_count: 6 }),
    alertname: "RepeatedNoJob",
    below: streak("noJobStreak", 5),
    above: streak("noJobStreak", 6),
  },
  {
    key: "thresholds.silent_heartbeats_warn_count",
    change: thresholds({ silent_heartbeats_warn_count: 6 }),
    alertname: "SilentLoop",
    below: streak("silentHeartbeats", 5),
    above: streak("silentHeartbeats", 6),
  },
  {
    key: "thresholds.complete_rejection_warn_count",
    change: thresholds({ complete_rejection_warn_count: 4 }),
    alertname: "CompleteRejected",
    below: incidents("complete_rejected", "other", 3),
    above: incidents("complete_rejected", "other", 4),
  },
  {
    key: "thresholds.job_not_found_after_claim_critical_count",
    change: thresholds({ job_not_found_after_claim_critical_count: 4 }),
    alertname: "JobNotFoundAfterClaim",
    below: incidents("job_not_found", "progress", 3),
    above: incidents("job_not_found", "progress", 4),
  },
  {
    key: "thresholds.missing_deliverable_id_warn_count",
    change: thresholds({ missing_deliverable_id_warn_count: 4 }),
    alertname: "MissingDeliverableId",
    below: incidents("missing_deliverable_id", "none_assigned", 3),
    above: incidents("missing_deliverable_id", "none_assigned", 4),
  },
  {
    key: "thresholds.event_hold_minutes",
    change: thresholds({ event_hold_minutes: 20 }),
    alertname: "CompleteRejected",
    below: incidents("complete_rejected", "other", 1, 21 * MINUTE),
    above: incidents("complete_rejected", "other", 1, 15 * MINUTE),
  },
  {
    key: "thresholds.page_open_minutes",
    change: thresholds({ page_open_minutes: 10 }),
    alertname: "LeaseExpired",
    below: toldLast(71 * MINUTE),
    above: toldLast(60 * MINUTE),
  },
  {
    key: "thresholds.progress_stall_minutes",
    change: thresholds({ progress_stall_minutes: 30 }),
    alertname: "QueueStuck",
    below: lease(FAR, { claimArtifactVerifiedAt: 30, claimAliveAt: 0, claimProgressAt: 25 * MINUTE }),
    above: lease(FAR, { claimArtifactVerifiedAt: 30, claimAliveAt: 0, claimProgressAt: 30 * MINUTE + 1 }),
  },
  {
    key: "thresholds.queue_stuck_no_life_minutes",
    change: thresholds({ queue_stuck_no_life_minutes: 25 }),
    alertname: "QueueStuck",
    below: lease(FAR, { claimArtifactVerifiedAt: 30, claimAliveAt: 15 * MINUTE }),
    above: lease(FAR, { claimArtifactVerifiedAt: 30, claimAliveAt: 25 * MINUTE + 1 }),
  },
  {
    key: "thresholds.queue_stuck_lease_minutes",
    change: thresholds({ queue_stuck_lease_minutes: 20 }),
    alertname: "QueueStuck",
    below: lease(-10 * MINUTE),
    above: lease(-20 * MINUTE - 1),
  },
  {
    key: "thresholds.queue_stuck_pending_minutes",
    change: thresholds({ queue_stuck_pending_minutes: 25 }),
    alertname: "QueueStuckPool",
    below: waiting(20 * MINUTE),
    above: waiting(25 * MINUTE + 1),
  },
  {
    key: "thresholds.pool_affected_percent",
    change: thresholds({ pool_affected_percent: 60 }),
    alertname: "PhaseFailedPool",
    below: failing(5),
    above: failing(6),
  },
  {
    key: "thresholds.pool_affected_min_workers",
    change: thresholds({ pool_affected_min_workers: 5 }),
    alertname: "PhaseFailedPool",
    below: failing(4),
    above: failing(5),
  },
  {
    key: "slo.artifact_objective_percent",
    change: { slo: { artifact_objective_percent: 94 } },
    ...burning,
    below: ended({ bad: 18, good: 32, ago: RECENT }),
    above: ended({ bad: 19, good: 31, ago: RECENT }),
  },
  {
    key: "slo.lease_objective_percent",
    change: { slo: { lease_objective_percent: 98 } },
    alertname: "LeaseErrorBudgetBurn",
    severity: "high",
    below: leases(44, 6),
    above: leases(43, 7),
  },
  {
    key: "slo.period_days",
    change: { slo: { period_days: 32 } },
    ...burning,
    below: ended({ bad: 16, good: 34, ago: RECENT }),
    above: ended({ bad: 17, good: 33, ago: RECENT }),
  },
  {
    key: "slo.min_events",
    change: { slo: { min_events: 8 } },
    ...burning,
    below: ended({ bad: 7, ago: RECENT }),
    above: ended({ bad: 8, ago: RECENT }),
  },
  {
    key: "slo.burn.page_fast.budget_percent",
    change: burn("page_fast", { budget_percent: 2.5 }),
    ...burning,
    below: ended({ bad: 22, good: 3, ago: RECENT }, BEFORE_LONG),
    above: ended({ bad: 23, good: 2, ago: RECENT }, BEFORE_LONG),
  },
  {
    key: "slo.burn.page_fast.long_window_minutes",
    change: burn("page_fast", { long_window_minutes: 80 }),
    ...burning,
    // In the longer window, with its lower rate of 10.8, above 54%.
    below: ended({ bad: 20, ago: RECENT }, { good: 20, ago: 70 * MINUTE }, BEFORE_LONG),
    above: ended({ bad: 20, ago: RECENT }, { good: 16, ago: 70 * MINUTE }, BEFORE_LONG),
  },
  {
    key: "slo.burn.page_fast.short_window_minutes",
    change: burn("page_fast", { short_window_minutes: 15 }),
    ...burning,
    below: ended({ bad: 20, ago: 20 * MINUTE }, { good: 6, ago: RECENT }, BEFORE_LONG),
    above: ended({ bad: 20, ago: 8 * MINUTE }, { good: 6, ago: RECENT }, BEFORE_LONG),
  },
  {
    key: "slo.burn.page_slow.budget_percent",
    change: burn("page_slow", { budget_percent: 6 }),
    ...burning,
    below: ended({ bad: 18, good: 32, ago: RECENT }),
    above: ended({ bad: 19, good: 31, ago: RECENT }),
  },
  {
    key: "slo.burn.page_slow.short_window_minutes",
    change: burn("page_slow", { short_window_minutes: 60 }),
    ...burning,
    below: ended({ bad: 20, ago: 70 * MINUTE }, { good: 10, ago: RECENT }),
    above: ended({ bad: 20, ago: 45 * MINUTE }, { good: 10, ago: RECENT }),
  },
  {
    key: "slo.burn.message_slow.budget_percent",
    change: burn("message_slow", { budget_percent: 12 }),
    alertname: "ArtifactErrorBudgetBurn",
    severity: "medium",
    below: ended({ bad: 6, good: 94, ago: RECENT }),
    above: ended({ bad: 7, good: 93, ago: RECENT }),
  },
];

const LIBRARY = "The library's own bound, and in no rule: it is tried where the library uses it";
const WINDOW = "It needs hours of recorded counts: the rule tests slo-* move it, for two policies";
const WAIT =
  "It says when a page is sent, not whether: alertmanager.yml and the page are held by a test of each number";
const LATENCY = "It is part of the time until a page, in seconds: the rule tests move it, for two policies";
const BRIDGE = "The LINE bridge's own bound, and in no rule: its tests try it";
const PIPELINE = "It is about servers, not workers: the rule tests of the pipeline move it";
const JOURNAL = "It says what a journal keeps";

/** Numbers that no worker can be just below or above, at a real Alertmanager and within minutes; and why, or where they are tried. */
export const NO_CASE: Readonly<Record<string, string>> = {
  "thresholds.lease_keepalive_minutes": LIBRARY,
  "thresholds.lease_emergency_minutes": LIBRARY,
  "thresholds.complete_safety_margin_seconds": LIBRARY,
  "thresholds.job_command_timeout_seconds": LIBRARY,
  "thresholds.repair_wait_seconds": LIBRARY,
  "thresholds.advancement_half_life_minutes": "It pages nobody: the tests of what dashboards record try it",
  "thresholds.clock_offset_warn_seconds":
    "telemetry_clock_off is low, of which nobody is told: its rule test moves it, for two policies",
  "pipeline.replay_minutes": PIPELINE,
  "telemetry.scrape_interval_seconds": PIPELINE,
  "telemetry.failing_seconds": PIPELINE,
  "telemetry.catch_up_seconds": PIPELINE,
  "telemetry.queue_warn_percent": PIPELINE,
  "telemetry.restarts_warn_count": PIPELINE,
  "line_bridge.attempts": BRIDGE,
  "line_bridge.max_body_bytes": BRIDGE,
  "line_bridge.request_timeout_seconds": BRIDGE,
  "line_bridge.retry_wait_seconds": BRIDGE,
  "thresholds.lease_max_minutes":
    "The rules add it to page_open_minutes, which has a case; more than Prometheus takes late in all",
  "pipeline.export_interval_seconds": LATENCY,
  "pipeline.row_refresh_seconds": LATENCY,
  "pipeline.rule_interval_seconds": LATENCY,
  "pipeline.slow_rule_interval_seconds": LATENCY,
  "pipeline.group_interval_seconds": WAIT,
  "pipeline.repeat_interval_minutes": WAIT,
  "severities.critical.due_minutes": WAIT,
  "severities.critical.group_wait_seconds": WAIT,
  "severities.high.due_minutes": WAIT,
  "severities.high.group_wait_seconds": WAIT,
  "severities.medium.due_minutes": WAIT,
  "severities.medium.group_wait_seconds": WAIT,
  "severities.low.due_minutes": WAIT,
  "severities.low.group_wait_seconds": "Nobody is told of low",
  "slo.late_minutes": WINDOW,
  "slo.rule_interval_seconds": WINDOW,
  "slo.burn.page_slow.long_window_minutes": WINDOW,
  "slo.burn.message_fast.budget_percent": WINDOW,
  "slo.burn.message_fast.long_window_minutes": WINDOW,
  "slo.burn.message_fast.short_window_minutes": WINDOW,
  "slo.burn.message_slow.long_window_minutes": WINDOW,
  "slo.burn.message_slow.short_window_minutes": WINDOW,
  "artifact.max_redirects": LIBRARY,
  "artifact.request_timeout_seconds": LIBRARY,
  "artifact.max_bytes": LIBRARY,
  "artifact.retry_wait_seconds": LIBRARY,
  "session.limit_reset_grace_minutes": LIBRARY,
  "session.limit_unstated_wait_minutes": LIBRARY,
  "session.no_success_minutes": LIBRARY,
  "runtime_controls.run_wall_clock_seconds": LIBRARY,
  "journal.retention_days": JOURNAL,
  "journal.max_records": JOURNAL,
  "journal.once_retention_days": JOURNAL,
};
