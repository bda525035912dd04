/** The closed sets of a policy as lists, each held to its type. */
import type { AlertKey, BurnName, HumanAction, NotifiableAlertKey, RepairAction, Severity, Weekday } from "./policy.ts";

/** The severities, most urgent first. */
export const SEVERITIES: readonly Severity[] = keys<Severity>({ critical: 0, high: 0, medium: 0, low: 0 });

/** The days of the week, as calendars here begin. */
export const WEEKDAYS: readonly Weekday[] = keys<Weekday>({
  monday: 0,
  tuesday: 0,
  wednesday: 0,
  thursday: 0,
  friday: 0,
  saturday: 0,
  sunday: 0,
});

/** The burn rates of an SLO, fastest first. */
export const BURN_NAMES: readonly BurnName[] = keys<BurnName>({
  page_fast: 0,
  page_slow: 0,
  message_fast: 0,
  message_slow: 0,
});

/** The repairs that a policy may allow. */
export const REPAIR_ACTIONS: readonly RepairAction[] = keys<RepairAction>({
  retouch_worker: 0,
  write_progress: 0,
  publish_shared_cloud_artifact: 0,
  complete_with_required_artifacts: 0,
  produce_no_job_repair_proposal: 0,
});

/** What only a person may do. */
export const HUMAN_ACTIONS: readonly HumanAction[] = keys<HumanAction>({
  force_release_running_job: 0,
  delete_or_mutate_user_data: 0,
  claim_more_than_one_primary_job: 0,
});

/** The alerts that `alerts.notify_on` governs. */
export const NOTIFIABLE_ALERT_KEYS: readonly NotifiableAlertKey[] = keys<NotifiableAlertKey>({
  lease_expiring_with_claimed_job: 0,
  complete_rejected: 0,
  job_not_found_after_claim: 0,
  artifact_missing: 0,
  repeated_no_job: 0,
});

/** Every alert of this release. */
export const ALERT_KEYS: readonly AlertKey[] = [
  ...NOTIFIABLE_ALERT_KEYS,
  ...keys<Exclude<AlertKey, NotifiableAlertKey>>({
    lease_expired: 0,
    queue_stuck: 0,
    silent_loop: 0,
    missing_deliverable_id: 0,
    phase_failed: 0,
    session_dead: 0,
    false_green: 0,
    multiple_primary_jobs: 0,
    worker_absent: 0,
    repair_exhausted: 0,
    session_cancelled: 0,
    secret_redacted: 0,
    control_store_unreadable: 0,
    complete_unknown: 0,
    artifact_error_budget_burn: 0,
    lease_error_budget_burn: 0,
    telemetry_collector_down: 0,
    telemetry_receiver_refusing: 0,
    telemetry_exports_refused: 0,
    telemetry_exports_stuck: 0,
    telemetry_rules_failing: 0,
    telemetry_evaluation_gap: 0,
    telemetry_alertmanager_down: 0,
    telemetry_notifications_failing: 0,
    telemetry_config_refused: 0,
    telemetry_not_scraped: 0,
    telemetry_cardinality_overflow: 0,
    telemetry_rows_missing: 0,
    telemetry_clock_off: 0,
    telemetry_catching_up: 0,
  }),
];

/** The keys of a complete record: a member that the type has and the record lacks does not compile. */
function keys<K extends string>(record: Readonly<Record<K, 0>>): readonly K[] {
  return Object.freeze(Object.keys(record) as K[]);
}
