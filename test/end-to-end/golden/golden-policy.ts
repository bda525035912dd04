/** The default policy in small: what takes minutes there takes seconds here. Every number is as near to its bound as the policy's own checks let it be. */
import { createPolicy, type Policy, type PolicyInput } from "@worker-watchdog/sdk/policy";
import { SMALL_POLICY } from "../small-policy.ts";

/** What a worker process is given as JSON. */
export const GOLDEN_POLICY: PolicyInput = {
  heartbeat_interval_minutes: 0.2,
  thresholds: {
    lease_remaining_minutes_warn: 0.15,
    artifact_missing_lease_minutes: 0.1,
    lease_emergency_minutes: 0.1,
    complete_safety_margin_seconds: 2,
    lease_keepalive_minutes: 0.35,
    lease_max_minutes: 5,
    lease_expired_grace_seconds: 6,
    progress_stall_minutes: 0.2,
    queue_stuck_no_life_minutes: 1.5,
    queue_stuck_lease_minutes: 0.3,
    job_command_timeout_seconds: 10,
    repair_wait_seconds: 0.2,
    page_open_minutes: 2,
    event_hold_minutes: 5,
    clock_offset_warn_seconds: 10,
  },
  links: {
    runbook: "https://runbooks.example.com/alerts",
    dashboard: "https://grafana.example.com",
    trace: "https://traces.example.com/{trace_id}",
  },
  severities: SMALL_POLICY.severities,
  pipeline: { ...SMALL_POLICY.pipeline, row_refresh_seconds: 2 },
  session: { limit_reset_grace_minutes: 0.02, limit_unstated_wait_minutes: 0.05, no_success_minutes: 0.05 },
  artifact: { ...SMALL_POLICY.artifact, retry_wait_seconds: 0.1 },
};

/** Name of the file that holds it, for the command line. */
export const GOLDEN_POLICY_FILE = "watchdog.yaml";

/** A lease that does not run out while a scenario lasts, however busy the machine is. */
export const LONG_LEASE_SECONDS = 240;

/** The same, whole. */
export const goldenPolicy: Policy = createPolicy(GOLDEN_POLICY);
