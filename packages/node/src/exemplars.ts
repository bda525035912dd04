/** Exemplars, which OpenTelemetry's JavaScript SDK has no place for yet: kept beside its data points, and written into the OTLP request. */
import { JsonMetricsSerializer } from "@opentelemetry/otlp-transformer";
import { DataPointType, type ResourceMetrics } from "@opentelemetry/sdk-metrics";

/** One event behind a data point, and its trace. */
export interface Exemplar {
  readonly timeMillis: number;
  readonly value: number;
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId?: string | undefined;
}

const exemplars = new WeakMap<object, readonly Exemplar[]>();

/** Notes the exemplars of a data point. */
export function setExemplars(dataPoint: object, of: readonly Exemplar[]): void {
  if (of.length > 0) exemplars.set(dataPoint, of);
}

interface JsonDataPoint {
  exemplars?: readonly object[];
}
type JsonMetric = Readonly<Record<string, { readonly dataPoints: readonly JsonDataPoint[] } | undefined>>;
interface JsonRequest {
  readonly resourceMetrics: readonly [
    { readonly scopeMetrics: readonly { readonly metrics: readonly JsonMetric[] }[] },
  ];
}

const FIELDS: Readonly<Record<DataPointType, string>> = {
  [DataPointType.SUM]: "sum",
  [DataPointType.GAUGE]: "gauge",
  [DataPointType.HISTOGRAM]: "histogram",
  [DataPointType.EXPONENTIAL_HISTOGRAM]: "exponentialHistogram",
};

/** OpenTelemetry's JSON serializer, with exemplars. Costs a second encoding where there are any, and nothing elsewhere. */
export const exemplarMetricsSerializer: typeof JsonMetricsSerializer = {
  ...JsonMetricsSerializer,
  serializeRequest(metrics: ResourceMetrics) {
    const encoded = JsonMetricsSerializer.serializeRequest(metrics);
    const hasExemplars = metrics.scopeMetrics.some((scope) =>
      scope.metrics.some(({ dataPoints }) => dataPoints.some((dataPoint) => exemplars.has(dataPoint))),
    );
    if (!hasExemplars || encoded === undefined) return encoded;
    const request: JsonRequest = JSON.parse(new TextDecoder().decode(encoded));
    metrics.scopeMetrics.forEach((scope, scopeIndex) => {
      scope.metrics.forEach(({ dataPointType, dataPoints }, metricIndex) => {
        const written = request.resourceMetrics[0].scopeMetrics[scopeIndex]?.metrics[metricIndex];
        dataPoints.forEach((dataPoint, index) => {
          const target = written?.[FIELDS[dataPointType]]?.dataPoints[index];
          const found = exemplars.get(dataPoint);
          if (target !== undefined && found !== undefined) target.exemplars = found.map(encode);
        });
      });
    });
    return new TextEncoder().encode(JSON.stringify(request));
  },
};

function encode({ timeMillis, value, traceId, spanId }: Exemplar): object {
  // Nanoseconds of today are beyond what a number holds exactly.
  return { timeUnixNano: `${Math.round(timeMillis)}000000`, asDouble: value, traceId, spanId };
}
