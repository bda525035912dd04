/** The policy that holds where none is given. No YAML, nothing to read: the root of the library imports this. */
import { deepFreeze } from "./deep-freeze.ts";
import type { Policy } from "./policy.ts";

/** The default policy, deeply frozen: every key's default. `watchdog.yaml` is the same, written out. */
export const defaultPolicy: Policy = deepFreeze<Policy>({
  version: "codex_session_watchdog_v1",
  owner: "pls_platform_owner",
  timezone: "Asia/Taipei",
  heartbeat_interval_minutes: 10,
  checks: {
    doctor: {
      pass: "ok == true and token_present == true and touch.ok == true",
      required_when: "every_heartbeat",
      severity: "high",
    },
    touch: { pass: "ok == true and touched == true", required_when: "every_heartbeat", severity: "high" },
    claim: { pass: "ok == true", required_when: "every_heartbeat", severity: "medium" },
    context: { pass: "ok == true", required_when: "job_claimed", severity: "high" },
    progress: { pass: "status == running", required_when: "context_ok", severity: "medium" },
    build: { required_when: "declared", severity: "medium" },
    upload: { required_when: "declared", severity: "medium" },
    artifact: {
      pass: "primary_artifact_url_http_status in [200, 302]",
      required_when: "job_claimed",
      severity: "high",
    },
    complete: { pass: "ok == true and status == completed", required_when: "artifact_verified", severity: "high" },
  },
  thresholds: {
    lease_remaining_minutes_warn: 5,
    repeated_no_job_warn_count: 3,
    complete_rejection_warn_count: 1,
    job_not_found_after_claim_critical_count: 1,
    missing_deliverable_id_warn_count: 1,
    artifact_missing_lease_minutes: 3,
    lease_expired_grace_seconds: 60,
    lease_keepalive_minutes: 7,
    lease_emergency_minutes: 3,
    lease_max_minutes: 60,
    page_open_minutes: 120,
    event_hold_minutes: 60,
    progress_stall_minutes: 15,
    worker_absent_heartbeats: 2,
    complete_safety_margin_seconds: 10,
    job_command_timeout_seconds: 30,
    repair_wait_seconds: 3,
    clock_offset_warn_seconds: 30,
  },
  self_heal: {
    allowed: [
      "retouch_worker",
      "write_progress",
      "publish_shared_cloud_artifact",
      "complete_with_required_artifacts",
      "produce_no_job_repair_proposal",
    ],
    requires_human: ["force_release_running_job", "delete_or_mutate_user_data", "claim_more_than_one_primary_job"],
  },
  alerts: {
    channel: "line_or_pls_ops",
    notify_on: [
      "complete_rejected",
      "lease_expiring_with_claimed_job",
      "job_not_found_after_claim",
      "artifact_missing",
      "repeated_no_job",
    ],
    disabled: [],
    page_prefix: "PLS worker stability alert",
  },
  owners: {
    pls_platform_owner: { receiver: "pls_platform_owner" },
    codex_worker_maintainer: { receiver: "codex_worker_maintainer" },
    pls_ops: { receiver: "pls_ops" },
  },
  severities: {
    critical: { due_minutes: 15, group_wait_seconds: 5 },
    high: { due_minutes: 60, group_wait_seconds: 10 },
    medium: { due_minutes: 480, group_wait_seconds: 10 },
    low: { due_minutes: 10_080, group_wait_seconds: 30 },
  },
  links: {},
  pipeline: {
    export_interval_seconds: 5,
    row_refresh_seconds: 60,
    rule_interval_seconds: 10,
    group_interval_seconds: 30,
    repeat_interval_minutes: 240,
  },
  artifact: {
    allowed_hosts: [],
    allowed_private_hosts: [],
    max_redirects: 5,
    request_timeout_seconds: 10,
    max_bytes: 33_554_432,
    retry_wait_seconds: 3,
  },
});
