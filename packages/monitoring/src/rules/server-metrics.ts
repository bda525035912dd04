/**
 * What the servers say of themselves, under the names that Prometheus has after it scraped them: Collector 0.155 with the telemetry
 * settings of collector/worker-watchdog.yaml, Prometheus 3.15, Alertmanager 0.34. server-metrics.e2e.test.ts finds each at the real ones.
 */

/** Names of the servers' own metrics. */
export const SERVER_METRICS = {
  up: "up",
  collectorUptime: "otelcol_process_uptime",
  queueSize: "otelcol_exporter_queue_size",
  queueCapacity: "otelcol_exporter_queue_capacity",
  sentPoints: "otelcol_exporter_sent_metric_points",
  sentSpans: "otelcol_exporter_sent_spans",
  sentLogs: "otelcol_exporter_sent_log_records",
  sendFailedPoints: "otelcol_exporter_send_failed_metric_points",
  sendFailedSpans: "otelcol_exporter_send_failed_spans",
  sendFailedLogs: "otelcol_exporter_send_failed_log_records",
  enqueueFailedPoints: "otelcol_exporter_enqueue_failed_metric_points",
  enqueueFailedSpans: "otelcol_exporter_enqueue_failed_spans",
  enqueueFailedLogs: "otelcol_exporter_enqueue_failed_log_records",
  refusedPoints: "otelcol_receiver_refused_metric_points",
  refusedSpans: "otelcol_receiver_refused_spans",
  refusedLogs: "otelcol_receiver_refused_log_records",
  httpRequests: "prometheus_http_requests_total",
  evaluationFailures: "prometheus_rule_evaluation_failures_total",
  iterationsMissed: "prometheus_rule_group_iterations_missed_total",
  alertmanagersFound: "prometheus_notifications_alertmanagers_discovered",
  alertsSent: "prometheus_notifications_sent_total",
  alertsNotSent: "prometheus_notifications_errors_total",
  prometheusReloaded: "prometheus_config_last_reload_successful",
  notificationsFailed: "alertmanager_notifications_failed_total",
  alertmanagerReloaded: "alertmanager_config_last_reload_successful",
} as const;

/** One of {@link SERVER_METRICS}. */
export type ServerMetric = (typeof SERVER_METRICS)[keyof typeof SERVER_METRICS];

/** More of their metrics, which dashboards alone show. */
export const SHOWN_SERVER_METRICS = {
  acceptedPoints: "otelcol_receiver_accepted_metric_points",
  collectorMemory: "otelcol_process_memory_rss",
  processMemory: "process_resident_memory_bytes",
  startedAt: "process_start_time_seconds",
  groupSeconds: "prometheus_rule_group_last_duration_seconds",
  groupInterval: "prometheus_rule_group_interval_seconds",
  groupEvaluatedAt: "prometheus_rule_group_last_evaluation_timestamp_seconds",
  headSeries: "prometheus_tsdb_head_series",
  notifications: "alertmanager_notifications_total",
} as const;

/** What the Collector's exporters send, refuse and can not queue, by signal. */
export const EXPORTED = {
  sent: [SERVER_METRICS.sentPoints, SERVER_METRICS.sentSpans, SERVER_METRICS.sentLogs],
  sendFailed: [SERVER_METRICS.sendFailedPoints, SERVER_METRICS.sendFailedSpans, SERVER_METRICS.sendFailedLogs],
  enqueueFailed: [
    SERVER_METRICS.enqueueFailedPoints,
    SERVER_METRICS.enqueueFailedSpans,
    SERVER_METRICS.enqueueFailedLogs,
  ],
} as const;

/** What the Collector's receivers refuse, by signal. */
export const REFUSED: readonly ServerMetric[] = [
  SERVER_METRICS.refusedPoints,
  SERVER_METRICS.refusedSpans,
  SERVER_METRICS.refusedLogs,
];

/** Set by the SDKs and by the Collector's connectors on the series into which everything past an instrument's limit falls. */
export const OVERFLOW_LABEL = "otel_metric_overflow";
