/** Process set-up for worker-watchdog: OTLP export, flush on every exit, and an optional /metrics endpoint. */
export { traceContextFromEnvironment } from "./environment-context.ts";
export {
  exportRowsAtOnce,
  type WatchdogMetricProducerOptions,
  watchdogMetricProducer,
} from "./metric-producer.ts";
export { describeNotSent, type NotSent } from "./not-sent.ts";
export { type OtlpSettings, readOtlpSettings } from "./otlp-settings.ts";
export { TELEMETRY_DEFAULTS, type Telemetry, type TelemetryOptions } from "./process-telemetry.ts";
export type { PromClientRegistry } from "./prom-client-collector.ts";
export { type PromClientMetricProducerOptions, promClientMetricProducer } from "./prom-client-metric-producer.ts";
export { type MetricsServer, type ServeMetricsOptions, serveMetrics } from "./serve-metrics.ts";
export { startTelemetry } from "./start-telemetry.ts";
export {
  type TelemetryHealth,
  type TelemetryHealthOptions,
  telemetryHealth,
  UNREAD_MILLIS,
} from "./telemetry-health.ts";
export { DEFAULT_SERVICE_NAME, stableInstanceId, type WorkerIdentity } from "./telemetry-resource.ts";
