import type { PolicyInput } from "@worker-watchdog/sdk/policy";

/** The default policy in small: what takes minutes there takes seconds here. Leases are of up to a minute. */
export const SMALL_POLICY = {
  heartbeat_interval_minutes: 0.4,
  thresholds: {
    lease_remaining_minutes_warn: 0.5,
    artifact_missing_lease_minutes: 0.3,
    lease_emergency_minutes: 0.2,
    complete_safety_margin_seconds: 5,
    lease_keepalive_minutes: 0.65,
    lease_max_minutes: 1,
    lease_expired_grace_seconds: 10,
    page_open_minutes: 0.8,
    event_hold_minutes: 1,
  },
  severities: {
    critical: { group_wait_seconds: 1 },
    high: { group_wait_seconds: 1 },
    medium: { group_wait_seconds: 1 },
  },
  pipeline: {
    export_interval_seconds: 1,
    row_refresh_seconds: 10,
    rule_interval_seconds: 1,
    slow_rule_interval_seconds: 1,
    group_interval_seconds: 2,
  },
  artifact: { allowed_private_hosts: ["127.0.0.1"] },
} as const satisfies PolicyInput;
