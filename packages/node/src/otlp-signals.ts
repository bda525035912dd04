/** The three OTLP signals, and how they are encoded: as OpenTelemetry's exporters do, which send JSON. */
import { JsonLogsSerializer, JsonTraceSerializer } from "@opentelemetry/otlp-transformer";
import { exemplarMetricsSerializer } from "./exemplars.ts";

/** The signals of OTLP, as their paths name them. */
export const OTLP_SIGNALS = ["traces", "metrics", "logs"] as const;
/** One signal of OTLP. */
export type OtlpSignal = (typeof OTLP_SIGNALS)[number];

/** How each signal is encoded. */
export const OTLP_SERIALIZERS = {
  traces: JsonTraceSerializer,
  metrics: exemplarMetricsSerializer,
  logs: JsonLogsSerializer,
} as const;

/** The media type of what the serializers write. */
export const OTLP_CONTENT_TYPE = "application/json";
