/** Reads OTLP requests in JSON, as far as the tests look. */

/** One span, point or record, as received. */
export interface Received {
  readonly spans: readonly ReceivedSpan[];
  readonly points: readonly ReceivedPoint[];
  readonly logs: readonly { readonly eventName: string; readonly resource: Labels }[];
}
type Labels = Readonly<Record<string, string>>;
export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly parentSpanId: string;
  readonly resource: Labels;
}
export interface ReceivedPoint {
  readonly name: string;
  readonly unit: string;
  readonly kind: "gauge" | "sum" | "histogram";
  readonly attributes: Labels;
  readonly resource: Labels;
  readonly value: number;
  readonly timeSeconds: number;
}

interface JsonPair {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number };
}
interface JsonPoint {
  readonly attributes: readonly JsonPair[];
  readonly asDouble?: number;
  readonly asInt?: number;
  readonly timeUnixNano: string;
}
interface JsonMetric {
  readonly name: string;
  readonly unit: string;
  readonly gauge?: { readonly dataPoints: readonly JsonPoint[] };
  readonly sum?: { readonly dataPoints: readonly JsonPoint[] };
  readonly histogram?: { readonly dataPoints: readonly JsonPoint[] };
}
interface JsonResource {
  readonly resource: { readonly attributes: readonly JsonPair[] };
}
interface JsonRequest {
  readonly resourceSpans?: readonly (JsonResource & {
    readonly scopeSpans: readonly { readonly spans: readonly (ReceivedSpan & { readonly parentSpanId?: string })[] }[];
  })[];
  readonly resourceMetrics?: readonly (JsonResource & {
    readonly scopeMetrics: readonly { readonly metrics: readonly JsonMetric[] }[];
  })[];
  readonly resourceLogs?: readonly (JsonResource & {
    readonly scopeLogs: readonly { readonly logRecords: readonly { readonly eventName?: string }[] }[];
  })[];
}

/** Decodes the body of a request to `/v1/traces`, `/v1/metrics` or `/v1/logs`; anything else in it fails the test. */
export function decodeOtlp(path: string, body: Uint8Array): Received {
  const {
    resourceSpans = [],
    resourceMetrics = [],
    resourceLogs = [],
  }: JsonRequest = JSON.parse(Buffer.from(body).toString());
  const signals = { traces: resourceSpans, metrics: resourceMetrics, logs: resourceLogs };
  for (const [signal, items] of Object.entries(signals))
    if (items.length > 0 && !path.endsWith(`/${signal}`)) throw new Error(`${signal} were sent to ${path}`);
  return {
    spans: resourceSpans.flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) =>
        spans.map(({ name, traceId, parentSpanId = "" }) => ({
          name,
          traceId,
          parentSpanId,
          resource: labels(resource.attributes),
        })),
      ),
    ),
    points: resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) => metrics.flatMap((metric) => points(metric, labels(resource.attributes)))),
    ),
    logs: resourceLogs.flatMap(({ resource, scopeLogs }) =>
      scopeLogs.flatMap(({ logRecords }) =>
        logRecords.map(({ eventName = "" }) => ({ eventName, resource: labels(resource.attributes) })),
      ),
    ),
  };
}

function points(metric: JsonMetric, resource: Labels): ReceivedPoint[] {
  return (["gauge", "sum", "histogram"] as const).flatMap((kind) =>
    (metric[kind]?.dataPoints ?? []).map((point) => ({
      name: metric.name,
      unit: metric.unit,
      kind,
      attributes: labels(point.attributes),
      resource,
      value: Number(point.asDouble ?? point.asInt ?? 0),
      timeSeconds: Number(point.timeUnixNano) / 1e9,
    })),
  );
}

function labels(pairs: readonly JsonPair[]): Labels {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, String(value.stringValue ?? value.intValue ?? "")]));
}
