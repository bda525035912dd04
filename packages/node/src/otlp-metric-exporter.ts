/** OpenTelemetry's OTLP/HTTP metric exporter, with a serializer that writes exemplars. */
import { OTLPMetricExporterBase } from "@opentelemetry/exporter-metrics-otlp-http";
import { convertLegacyHttpOptions, createOtlpHttpExportDelegate } from "@opentelemetry/otlp-exporter-base/node-http";
import { MetricsExporterMetricsHelper } from "@opentelemetry/otlp-transformer";
import type { ExporterOptions } from "./otlp-sender.ts";
import { OTLP_CONTENT_TYPE, OTLP_SERIALIZERS } from "./otlp-signals.ts";

/** Does what `new OTLPMetricExporter(options)` does, which takes no serializer. */
export function createOtlpMetricExporter(options: ExporterOptions): OTLPMetricExporterBase {
  return new OTLPMetricExporterBase(
    createOtlpHttpExportDelegate(
      convertLegacyHttpOptions(options, "METRICS", "v1/metrics", { "Content-Type": OTLP_CONTENT_TYPE }),
      OTLP_SERIALIZERS.metrics,
      "otlp_http_metric_exporter",
      MetricsExporterMetricsHelper,
      undefined,
    ),
  );
}
