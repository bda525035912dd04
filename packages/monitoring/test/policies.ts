import { createPolicy, type Policy } from "@worker-watchdog/sdk/policy";

/** Every number another than by default, and short enough that a simulated day is a simulated hour. */
export const shortPolicy: Policy = createPolicy({
  owner: "reports_team",
  owners: { reports_team: { receiver: "reports" } },
  timezone: "Europe/Berlin",
  heartbeat_interval_minutes: 3,
  thresholds: {
    lease_remaining_minutes_warn: 4,
    lease_keepalive_minutes: 6,
    lease_emergency_minutes: 2,
    artifact_missing_lease_minutes: 2.5,
    lease_expired_grace_seconds: 90,
    lease_max_minutes: 20,
    page_open_minutes: 9,
    event_hold_minutes: 7,
    worker_absent_heartbeats: 3,
    repeated_no_job_warn_count: 4,
    complete_rejection_warn_count: 2,
    job_not_found_after_claim_critical_count: 3,
    missing_deliverable_id_warn_count: 2,
    progress_stall_minutes: 6,
    queue_stuck_no_life_minutes: 3,
    queue_stuck_lease_minutes: 2.5,
    queue_stuck_pending_minutes: 4,
    silent_heartbeats_warn_count: 5,
    pool_affected_percent: 50,
    pool_affected_min_workers: 4,
    clock_offset_warn_seconds: 45,
  },
  // A period of an afternoon, with every window in it.
  slo: {
    artifact_objective_percent: 80,
    lease_objective_percent: 96,
    period_days: 0.25,
    min_events: 3,
    late_minutes: 25,
    rule_interval_seconds: 30,
    burn: {
      page_fast: { budget_percent: 12.5, long_window_minutes: 12, short_window_minutes: 3 },
      page_slow: { budget_percent: 20, long_window_minutes: 40, short_window_minutes: 4 },
      message_fast: { budget_percent: 24, long_window_minutes: 72, short_window_minutes: 11 },
      message_slow: { budget_percent: 30, long_window_minutes: 120, short_window_minutes: 36 },
    },
  },
  severities: {
    critical: { due_minutes: 5 },
    high: { due_minutes: 20 },
    medium: { due_minutes: 100 },
    low: { due_minutes: 1000 },
  },
  links: {
    runbook: "https://wiki.example/runbooks",
    dashboard: "https://grafana.example",
    trace: "https://traces.example/trace/{trace_id}",
  },
  pipeline: {
    rule_interval_seconds: 15,
    row_refresh_seconds: 15,
    group_interval_seconds: 15,
    export_interval_seconds: 10,
  },
});
