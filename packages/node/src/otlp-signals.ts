/** The three OTLP signals, and how the exit path encodes them: as OpenTelemetry's exporters do, which send JSON. */
import { JsonLogsSerializer, JsonMetricsSerializer, JsonTraceSerializer } from "@opentelemetry/otlp-transformer";

/** The signals of OTLP, as their paths name them. */
export const OTLP_SIGNALS = ["traces", "metrics", "logs"] as const;
/** One signal of OTLP. */
export type OtlpSignal = (typeof OTLP_SIGNALS)[number];

/** How each signal is encoded. */
export const OTLP_SERIALIZERS = {
  traces: JsonTraceSerializer,
  metrics: JsonMetricsSerializer,
  logs: JsonLogsSerializer,
} as const;

/** The media type of what the serializers write. */
export const OTLP_CONTENT_TYPE = "application/json";
