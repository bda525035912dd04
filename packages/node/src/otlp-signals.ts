/** The three OTLP signals: their paths, encodings and what a response to each says. */
import {
  type IExportLogsServiceResponse,
  type IExportMetricsServiceResponse,
  type IExportTraceServiceResponse,
  type ISerializer,
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from "@opentelemetry/otlp-transformer";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import type { ResourceMetrics } from "@opentelemetry/sdk-metrics";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";

/** The signals of OTLP, as their paths name them. */
export const OTLP_SIGNALS = ["traces", "metrics", "logs"] as const;
/** One signal of OTLP. */
export type OtlpSignal = (typeof OTLP_SIGNALS)[number];

/** The encodings of OTLP/HTTP. */
export type OtlpProtocol = "http/protobuf" | "http/json";

type TraceSerializer = ISerializer<ReadableSpan[], IExportTraceServiceResponse>;
type MetricsSerializer = ISerializer<ResourceMetrics, IExportMetricsServiceResponse>;
type LogsSerializer = ISerializer<ReadableLogRecord[], IExportLogsServiceResponse>;

/** How each signal is encoded. */
export interface OtlpSerializers {
  readonly traces: TraceSerializer;
  readonly metrics: MetricsSerializer;
  readonly logs: LogsSerializer;
}

/** Serializers by protocol. */
export const OTLP_SERIALIZERS: Readonly<Record<OtlpProtocol, OtlpSerializers>> = {
  "http/protobuf": {
    traces: ProtobufTraceSerializer,
    metrics: ProtobufMetricsSerializer,
    logs: ProtobufLogsSerializer,
  },
  "http/json": { traces: JsonTraceSerializer, metrics: JsonMetricsSerializer, logs: JsonLogsSerializer },
};

/** The media type of each protocol. */
export const OTLP_CONTENT_TYPES: Readonly<Record<OtlpProtocol, string>> = {
  "http/protobuf": "application/x-protobuf",
  "http/json": "application/json",
};
