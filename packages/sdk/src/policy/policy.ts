/** The shape of a policy: one file says every threshold, owner and action. Keys are the YAML's own, so that one name finds all uses. */
import type { Phase } from "../semconv/index.ts";

/** How urgent a page is, in words: see docs/concepts/severity.md. */
export type Severity = "critical" | "high" | "medium" | "low";

/** When a phase is due. */
export type RequiredWhen = "every_heartbeat" | "job_claimed" | "context_ok" | "artifact_verified" | "declared";

/** What a phase runs and when it passes. */
export interface PhaseCheck {
  /** The command that a shell worker runs for this phase; informative for a worker that imports the library. */
  readonly command?: string | undefined;
  /** Pass expression over the phase's result, such as `ok == true and touch.ok == true`. */
  readonly pass?: string | undefined;
  /** When the phase is due. */
  readonly required_when: RequiredWhen;
  /** Severity of its failure. */
  readonly severity: Severity;
}

/** A command that the watchdog may run by itself for a shell worker. */
export interface ServiceCommand {
  /** For `sh -c`; it prints a JSON object. Default: none, and what needs it is not done. */
  readonly command?: string | undefined;
}

/** What a shell worker's job service answers beside the phases; a worker that imports the library gives functions (`helper`). */
export interface JobServiceCommands {
  /** Prints the job's state, `{ status, completed_by?, held_by? }`, after a complete whose answer was lost. */
  readonly read: ServiceCommand;
  /** Prints what the queue holds for the pool, `{ pending_jobs?, oldest_pending_at?, … }`, after an empty claim. */
  readonly backlog: ServiceCommand;
  /** Gives the held job back: what `watchdog exec --phase release` runs where it is given no command. */
  readonly release: ServiceCommand;
}

/** Numbers that decide when something is wrong. Minutes and seconds may be fractions. */
export interface Thresholds {
  /** Alert lease_expiring_with_claimed_job fires below this much lease. Unit: minutes. Default: 5. */
  readonly lease_remaining_minutes_warn: number;
  /** Consecutive claims without a job at which repeated_no_job fires. Unit: claims. Default: 3. */
  readonly repeated_no_job_warn_count: number;
  /** Unrepaired rejections of one attempt at which complete_rejected fires. Unit: rejections. Default: 1. */
  readonly complete_rejection_warn_count: number;
  /** Not-found answers of one attempt at which job_not_found_after_claim fires. Unit: answers. Default: 1. */
  readonly job_not_found_after_claim_critical_count: number;
  /** Claims of one job without a deliverable id at which missing_deliverable_id fires. Unit: claims. Default: 1. */
  readonly missing_deliverable_id_warn_count: number;
  /** Alert artifact_missing fires for a job without a verified artifact below this much lease. Unit: minutes. Default: 3. */
  readonly artifact_missing_lease_minutes: number;
  /** Alert lease_expired fires this long after the expiry. Unit: seconds. Default: 60. */
  readonly lease_expired_grace_seconds: number;
  /** The library renews a lease when less than this is left. Unit: minutes. Default: 7. */
  readonly lease_keepalive_minutes: number;
  /** Below this much lease one emergency progress heartbeat is sent. Unit: minutes. Default: 3. */
  readonly lease_emergency_minutes: number;
  /** Longest lease; a claim with a longer one is a failed claim. Unit: minutes. Default: 60. */
  readonly lease_max_minutes: number;
  /** How long a page stays open after the last sign of its worker. Unit: minutes. Default: 120. */
  readonly page_open_minutes: number;
  /** How long an event's page stays open when nothing clears it. Unit: minutes. Default: 60. */
  readonly event_hold_minutes: number;
  /** Without a sign of progress for this long, the lease is no longer renewed. Unit: minutes. Default: 15. */
  readonly progress_stall_minutes: number;
  /** Heartbeat intervals without a sign of life until worker_absent fires. Unit: heartbeat intervals. Default: 2. */
  readonly worker_absent_heartbeats: number;
  /** A running job whose attempt gives no sign of life for this long is stuck, unless its lease runs out first. Unit: minutes. Default: 10. */
  readonly queue_stuck_no_life_minutes: number;
  /** A job whose lease is over for this long is stuck. Unit: minutes. Default: 5. */
  readonly queue_stuck_lease_minutes: number;
  /** A pool is stuck where a job waits for this long and no claim got one for as long. Unit: minutes. Default: 10. */
  readonly queue_stuck_pending_minutes: number;
  /** Heartbeats in a row that came to nothing at which silent_loop fires. Unit: heartbeats. Default: 3. */
  readonly silent_heartbeats_warn_count: number;
  /** Share of a pool whose single workers' alerts together make a page. Unit: percent. Default: 20. */
  readonly pool_affected_percent: number;
  /** Least workers of a larger pool for that. Unit: workers. Default: 3. */
  readonly pool_affected_min_workers: number;
  /** On dashboards a job counts half as much for the project's advancement once it ended this long ago. Unit: minutes. Default: 60. */
  readonly advancement_half_life_minutes: number;
  /** A complete is refused when less lease than this is left. Unit: seconds. Default: 10. */
  readonly complete_safety_margin_seconds: number;
  /** Longest time a command of the job service may take. Unit: seconds. Default: 30. */
  readonly job_command_timeout_seconds: number;
  /** Wait before the one retry of a repair. Unit: seconds. Default: 3. */
  readonly repair_wait_seconds: number;
  /**
   * A worker's clock that is this far off or further from the job service's is named, once a process, and alert telemetry_clock_off fires; jobs that a worker holds at once (multiple_primary_jobs)
   * page after this long, for so late may a healthy worker's rows look. Unit: seconds. Default: 30.
   */
  readonly clock_offset_warn_seconds: number;
}

/** The repairs that the policy may allow. */
export type RepairAction =
  | "retouch_worker"
  | "write_progress"
  | "publish_shared_cloud_artifact"
  | "complete_with_required_artifacts"
  | "produce_no_job_repair_proposal";

/** What only a person may do; the library can propose it. */
export type HumanAction =
  | "force_release_running_job"
  | "delete_or_mutate_user_data"
  | "claim_more_than_one_primary_job";

/** The alerts of this release, by policy key. */
export type AlertKey =
  | "lease_expiring_with_claimed_job"
  | "complete_rejected"
  | "job_not_found_after_claim"
  | "artifact_missing"
  | "repeated_no_job"
  | "lease_expired"
  | "queue_stuck"
  | "silent_loop"
  | "missing_deliverable_id"
  | "phase_failed"
  | "session_dead"
  | "false_green"
  | "multiple_primary_jobs"
  | "worker_absent"
  | "repair_exhausted"
  | "session_cancelled"
  | "secret_redacted"
  | "control_store_unreadable"
  | "complete_unknown"
  | "artifact_error_budget_burn"
  | "lease_error_budget_burn"
  | TelemetryAlertKey;

/** The alerts on the pipeline itself (alert 18). */
export type TelemetryAlertKey =
  | "telemetry_collector_down"
  | "telemetry_receiver_refusing"
  | "telemetry_exports_refused"
  | "telemetry_exports_stuck"
  | "telemetry_rules_failing"
  | "telemetry_evaluation_gap"
  | "telemetry_alertmanager_down"
  | "telemetry_notifications_failing"
  | "telemetry_config_refused"
  | "telemetry_not_scraped"
  | "telemetry_cardinality_overflow"
  | "telemetry_rows_missing"
  | "telemetry_clock_off"
  | "telemetry_catching_up";

/** The first five alerts, which `alerts.notify_on` governs. */
export type NotifiableAlertKey =
  | "lease_expiring_with_claimed_job"
  | "complete_rejected"
  | "job_not_found_after_claim"
  | "artifact_missing"
  | "repeated_no_job";

/** Where alerts go. */
export interface AlertSettings {
  /** `line_or_pls_ops`: LINE where it is configured (`receivers.line`), else the pls_ops webhook. It takes what owners give to no receiver of their own. */
  readonly channel: "line_or_pls_ops";
  /** Which of the first five notify; one left out still fires and shows. */
  readonly notify_on: readonly NotifiableAlertKey[];
  /** Empty claims count for repeated_no_job only while the queue is known to hold jobs. Default: false. */
  readonly repeated_no_job_needs_backlog: boolean;
  /** Alerts that are switched off. */
  readonly disabled: readonly AlertKey[];
  /** First line of every page up to the colon. */
  readonly page_prefix: string;
}

/** Where an owner's pages and messages go. A name that `receivers` lacks stands for the channel: see `alerts.channel`. */
export interface OwnerSettings {
  /** Receiver of what pages a person: alerts of severity critical and high. Default: the owner's name. */
  readonly receiver: string;
  /** Receiver of messages: alerts of severity medium. Default: the receiver of the pages. */
  readonly message_receiver?: string | undefined;
}

/** A generic webhook, which gets JSON with the finished text. */
export interface WebhookReceiver {
  /** File on Alertmanager's host that holds the address. Default: `<receiver>.url` in the folder of secrets. */
  readonly url_file?: string | undefined;
  /** File on Alertmanager's host that holds a bearer token for it. Default: none is sent. */
  readonly credentials_file?: string | undefined;
}

/** A chat of the LINE Messaging API, through `watchdog line-bridge`. */
export interface LineReceiver {
  /** Id of the user (U…), group (C…) or room (R…) that gets the messages. */
  readonly to: string;
}

/** A Slack channel. */
export interface SlackReceiver {
  /** File on Alertmanager's host that holds the incoming webhook's address. Default: `<receiver>.url` in the folder of secrets. */
  readonly api_url_file?: string | undefined;
  /** Channel, such as `#on-call`. Default: the incoming webhook's own. */
  readonly channel?: string | undefined;
}

/** An e-mail address, by a mail server. */
export interface EmailReceiver {
  /** Who gets it. */
  readonly to: string;
  /** Who it is from. */
  readonly from: string;
  /** The mail server, as `host:port`. */
  readonly smarthost: string;
  /** User name at the mail server. Default: none, without authentication. */
  readonly auth_username?: string | undefined;
  /** File on Alertmanager's host that holds the password. Default: `<receiver>.password` in the folder of secrets, where there is a user name. */
  readonly auth_password_file?: string | undefined;
  /** Whether the mail server must offer TLS. Default: true. */
  readonly require_tls?: boolean | undefined;
}

/** A PagerDuty service, by its Events API v2. */
export interface PagerdutyReceiver {
  /** File on Alertmanager's host that holds the integration key. Default: `<receiver>.key` in the folder of secrets. */
  readonly routing_key_file?: string | undefined;
  /** Address of the Events API, such as the one of the European region. Default: Alertmanager's. */
  readonly events_url?: string | undefined;
}

/** One receiver: at least one way to tell somebody. A secret stands in a file, never here. */
export interface ReceiverSettings {
  /** A generic webhook. */
  readonly webhook?: WebhookReceiver | undefined;
  /** A chat of the LINE Messaging API. */
  readonly line?: LineReceiver | undefined;
  /** A Slack channel. */
  readonly slack?: SlackReceiver | undefined;
  /** An e-mail address. */
  readonly email?: EmailReceiver | undefined;
  /** A PagerDuty service. */
  readonly pagerduty?: PagerdutyReceiver | undefined;
}

/** The bridge from Alertmanager to the LINE Messaging API: `watchdog line-bridge`. */
export interface LineBridgeSettings {
  /** Where Alertmanager reaches the bridge. Default: `http://127.0.0.1:9390`. */
  readonly url: string;
  /** File on the bridge's host that holds the channel access token. Default: the environment variable LINE_CHANNEL_ACCESS_TOKEN. */
  readonly channel_access_token_file?: string | undefined;
  /** File that holds a bearer token, which Alertmanager sends and the bridge asks for. Default: none, and then loopback alone. */
  readonly credentials_file?: string | undefined;
  /** Longest time of one request to LINE. Unit: seconds. Default: 4. */
  readonly request_timeout_seconds: number;
  /** Requests for one message before Alertmanager is told that it failed, and tries again itself. Unit: requests. Default: 2. */
  readonly attempts: number;
  /** Wait between them. Unit: seconds. Default: 1. */
  readonly retry_wait_seconds: number;
  /** Largest notification that is read. Unit: bytes. Default: 33554432. */
  readonly max_body_bytes: number;
}

/** A day of the week. */
export type Weekday = "monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday" | "sunday";

/** When nobody is told, in the policy's time zone. What still fires when it ends is told then. */
export interface QuietHours {
  /** Days on which it begins. Default: every day. */
  readonly days?: readonly Weekday[] | undefined;
  /** Time of day at which it begins, as `HH:MM`. */
  readonly from: string;
  /** Time of day at which it ends; not later than `from` is the next day. */
  readonly to: string;
  /** Severities that wait. Default: medium alone. */
  readonly severities?: readonly Severity[] | undefined;
}

/** Due time of each severity. */
export interface SeveritySettings {
  /** An alert is due so many minutes after it fired. */
  readonly due_minutes: number;
  /** How long Alertmanager waits for other alerts of the group before the first page, in seconds. */
  readonly group_wait_seconds: number;
}

/** Links in a page. A link that is not set is replaced by the runbook's file, the dashboard's UID or the trace id. */
export interface Links {
  /** Base address of the runbooks; `#alert` is appended. */
  readonly runbook?: string | undefined;
  /** Base address of Grafana, such as `https://grafana.example`. */
  readonly dashboard?: string | undefined;
  /** Address of a trace with `{trace_id}` in it. */
  readonly trace?: string | undefined;
}

/** How often things go out and are looked at: the page latency is computed from these. */
export interface PipelineSettings {
  /** How often a worker exports. Unit: seconds. Default: 5. */
  readonly export_interval_seconds: number;
  /** How often an unchanged row is sent again, and a living worker says so. Unit: seconds. Default: 60. */
  readonly row_refresh_seconds: number;
  /** How often Prometheus evaluates the rules. Unit: seconds. Default: 10. */
  readonly rule_interval_seconds: number;
  /** How often Prometheus evaluates the rules that look back over hours, and those for what stands still for minutes. Unit: seconds. Default: 60. */
  readonly slow_rule_interval_seconds: number;
  /** Wait before a page tells of another alert of its group. Unit: seconds. Default: 30. */
  readonly group_interval_seconds: number;
  /** Wait before an open page is sent again. Unit: minutes. Default: 240. */
  readonly repeat_interval_minutes: number;
  /** Longest outage that the Collector's queue bridges: Prometheus takes samples that are so late. Unit: minutes. Default: 120. */
  readonly replay_minutes: number;
}

/** Where the series of the fleet are found among those of others. */
export interface SeriesSettings {
  /** Label values that every series must have: matchers in every rule and dashboard. */
  readonly selectors: Readonly<Record<string, string>>;
  /** The label that tells clusters apart where one Prometheus holds several: kept in every rule, alert, route and dashboard. */
  readonly cluster_label?: string | undefined;
}

/** How the pipeline's own metrics are found, and when the pipeline itself is failing (alert 18). */
export interface TelemetrySettings {
  /** Name of the scrape job that reads the Collectors. Default: collector. */
  readonly collector_job: string;
  /** Name of the scrape job with which Prometheus reads itself. Default: prometheus. */
  readonly prometheus_job: string;
  /** Name of the scrape job that reads Alertmanager. Default: alertmanager. */
  readonly alertmanager_job: string;
  /** The Collector's exporter to Prometheus. Default: otlp_http/prometheus. */
  readonly exporter: string;
  /** How often Prometheus reads those three. Unit: seconds. Default: 10. */
  readonly scrape_interval_seconds: number;
  /** How long a part of the pipeline fails until that is told; a restart takes less. Unit: seconds. Default: 180. */
  readonly failing_seconds: number;
  /** How long the Collector's queue may take to drain; pages that only time makes wait for it. Unit: seconds. Default: 30. */
  readonly catch_up_seconds: number;
  /** A queue of the Collector that is fuller than this is told. Unit: percent. Default: 50. */
  readonly queue_warn_percent: number;
  /** So many restarts of one Collector within four times failing_seconds are told. Unit: restarts. Default: 3. */
  readonly restarts_warn_count: number;
}

/** Bounds of the artifact gate (R5). */
export interface ArtifactSettings {
  /** Hosts (`host` or `host:port`) that a redirect may lead to beside the first one. */
  readonly allowed_hosts: readonly string[];
  /** Hosts (`host` or `host:port`) that may be a private or loopback address. */
  readonly allowed_private_hosts: readonly string[];
  /** Most redirects of one request. Unit: redirects. Default: 5. */
  readonly max_redirects: number;
  /** Longest time of one request, its redirects and its body. Unit: seconds. Default: 10. */
  readonly request_timeout_seconds: number;
  /** Largest body that is read. Unit: bytes. Default: 33554432. */
  readonly max_bytes: number;
  /** Wait before the one retry of a transport error, 404 or 5xx. Unit: seconds. Default: 3. */
  readonly retry_wait_seconds: number;
}

/** What ends a run (R7). */
export interface RuntimeControls {
  /** Wall-clock budget of a run, in seconds; 0 is none. */
  readonly run_wall_clock_seconds: number;
}

/** One burn rate that an alert of an SLO watches: so much of the period's error budget, spent within a window. */
export interface BurnSettings {
  /** Share of the period's error budget. The burn rate is this share of the period, by the long window. Unit: percent. */
  readonly budget_percent: number;
  /** The window in which it is spent. Unit: minutes. */
  readonly long_window_minutes: number;
  /** The window that tells whether it is being spent still. Unit: minutes. */
  readonly short_window_minutes: number;
}

/** The burn rates of an SLO. */
export type BurnName = "page_fast" | "page_slow" | "message_fast" | "message_slow";

/** Objectives of a pool (R4.5), and when their error budgets burn too fast. */
export interface SloSettings {
  /** Share of a pool's claims that end with a verified artifact. Unit: percent. Default: 95. */
  readonly artifact_objective_percent: number;
  /** Share of a pool's claims whose lease does not run out. Unit: percent. Default: 99. */
  readonly lease_objective_percent: number;
  /** The time over which the objectives hold. Unit: days. Default: 30. */
  readonly period_days: number;
  /** Fewer bad claims in its long window are no burn, and fewer claims in its short window do not end one. Unit: claims. Default: 5. */
  readonly min_events: number;
  /** How late telemetry of a claim may come and still be counted as it is. Unit: minutes. Default: 120. */
  readonly late_minutes: number;
  /** How often claims are counted and burn rates are judged. Unit: seconds. Default: 120. */
  readonly rule_interval_seconds: number;
  /** The burn rates: the first two page, the others are messages. */
  readonly burn: Readonly<Record<BurnName, BurnSettings>>;
}

/** How long a durable journal keeps what it holds (R9.1). */
export interface JournalSettings {
  /** A record is kept this long, and the state of a worker or job after it was last written. */
  readonly retention_days: number;
  /** Most records that are kept, however young. */
  readonly max_records: number;
  /** How long what is written only once (a run's cancellation) and the state of a run are kept. */
  readonly once_retention_days: number;
}

/** When a session that fails counts as dead (R8). */
export interface SessionSettings {
  /** How long after a limit's stated reset the session counts as dead. */
  readonly limit_reset_grace_minutes: number;
  /** How long a limit that states no reset is waited for. */
  readonly limit_unstated_wait_minutes: number;
  /** How long a session may be asked for work without one success. */
  readonly no_success_minutes: number;
}

/** A whole policy, with every default filled in. */
export interface Policy {
  readonly version: "codex_session_watchdog_v1";
  /** Replaces `pls_platform_owner` in every alert and output. */
  readonly owner: string;
  /** IANA time zone of due times. */
  readonly timezone: string;
  /** How often a worker wakes up, in minutes. Default: 10. */
  readonly heartbeat_interval_minutes: number;
  readonly checks: Readonly<Record<Phase, PhaseCheck>>;
  readonly job_service: JobServiceCommands;
  readonly thresholds: Thresholds;
  readonly self_heal: {
    readonly allowed: readonly RepairAction[];
    readonly requires_human: readonly HumanAction[];
  };
  readonly alerts: AlertSettings;
  readonly owners: Readonly<Record<string, OwnerSettings>>;
  readonly receivers: Readonly<Record<string, ReceiverSettings>>;
  readonly line_bridge: LineBridgeSettings;
  /** No quiet hours where it is absent. */
  readonly quiet_hours?: QuietHours | undefined;
  readonly severities: Readonly<Record<Severity, SeveritySettings>>;
  readonly links: Links;
  readonly pipeline: PipelineSettings;
  readonly series: SeriesSettings;
  readonly slo: SloSettings;
  readonly telemetry: TelemetrySettings;
  readonly artifact: ArtifactSettings;
  readonly session: SessionSettings;
  readonly runtime_controls: RuntimeControls;
  readonly journal: JournalSettings;
}
