/** Registers the OpenTelemetry SDK as an application does, with real queues and exporters that send nothing. */
import { PeriodicExportingMetricReader, type PushMetricExporter } from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter } from "@opentelemetry/sdk-trace";

/** What came out at the other end. */
export interface SentTelemetry {
  spans: number;
}

export function registerSdk(): SentTelemetry {
  const sent: SentTelemetry = { spans: 0 };
  const spanExporter: SpanExporter = {
    export(spans: readonly ReadableSpan[], done) {
      sent.spans += spans.length;
      done({ code: 0 });
    },
    shutdown: async () => {},
  };
  const metricExporter: PushMetricExporter = {
    export: (_metrics, done) => done({ code: 0 }),
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  new NodeSDK({
    autoDetectResources: false,
    instrumentations: [],
    spanProcessors: [new BatchSpanProcessor({ exporter: spanExporter })],
    metricReaders: [new PeriodicExportingMetricReader({ exporter: metricExporter })],
    logRecordProcessors: [],
  }).start();
  return sent;
}
