/** Reads OTLP requests in protobuf, as far as the tests look: OpenTelemetry's packages encode requests but do not decode them. */

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

type Fields = ReadonlyMap<number, readonly (bigint | Uint8Array)[]>;

/** Decodes the body of a request to `/v1/traces`, `/v1/metrics` or `/v1/logs`. */
export function decodeOtlp(path: string, body: Uint8Array, contentType = "application/x-protobuf"): Received {
  if (contentType.startsWith("application/json")) return decodeMetricsJson(JSON.parse(Buffer.from(body).toString()));
  const received = {
    spans: [] as ReceivedSpan[],
    points: [] as ReceivedPoint[],
    logs: [] as Received["logs"][number][],
  };
  for (const perResource of messages(readFields(body), 1)) {
    const resource = attributes(messages(perResource, 1)[0] ?? new Map(), 1);
    for (const perScope of messages(perResource, 2)) {
      for (const item of messages(perScope, 2)) {
        if (path.endsWith("/traces"))
          received.spans.push({
            name: text(item, 5),
            traceId: bytes(item, 1).toString("hex"),
            parentSpanId: bytes(item, 4).toString("hex"),
            resource,
          });
        else if (path.endsWith("/metrics")) received.points.push(...points(item, resource));
        else received.logs.push({ eventName: text(item, 12), resource });
      }
    }
  }
  return received;
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
interface JsonMetrics {
  readonly resourceMetrics?: readonly {
    readonly resource: { readonly attributes: readonly JsonPair[] };
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string;
        readonly unit: string;
        readonly gauge?: { readonly dataPoints: readonly JsonPoint[] };
      }[];
    }[];
  }[];
}

// The only thing that is sent as JSON in these tests: the gauges of an application's own exporter.
function decodeMetricsJson({ resourceMetrics = [] }: JsonMetrics): Received {
  const labels = (pairs: readonly JsonPair[]): Labels =>
    Object.fromEntries(pairs.map(({ key, value }) => [key, String(value.stringValue ?? value.intValue ?? "")]));
  const points = resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ name, unit, gauge }) =>
        (gauge?.dataPoints ?? []).map((point) => ({
          name,
          unit,
          kind: "gauge" as const,
          attributes: labels(point.attributes),
          resource: labels(resource.attributes),
          value: Number(point.asDouble ?? point.asInt),
          timeSeconds: Number(point.timeUnixNano) / 1e9,
        })),
      ),
    ),
  );
  return { spans: [], points, logs: [] };
}

function points(metric: Fields, resource: Labels): ReceivedPoint[] {
  const kinds = [
    ["gauge", 5],
    ["sum", 7],
    ["histogram", 9],
  ] as const;
  return kinds.flatMap(([kind, field]) =>
    messages(metric, field).flatMap((data) =>
      messages(data, 1).map((point) => ({
        name: text(metric, 1),
        unit: text(metric, 3),
        kind,
        attributes: attributes(point, kind === "histogram" ? 9 : 7),
        resource,
        value: kind === "histogram" ? 0 : numberValue(point),
        timeSeconds: Number(first(point, 3) ?? 0n) / 1e9,
      })),
    ),
  );
}

function numberValue(point: Fields): number {
  const asDouble = first(point, 4);
  if (typeof asDouble === "bigint")
    return new Float64Array(new BigInt64Array([BigInt.asIntN(64, asDouble)]).buffer)[0] ?? 0;
  return Number(first(point, 6) ?? 0n);
}

function attributes(message: Fields, field: number): Labels {
  return Object.fromEntries(
    messages(message, field).map((pair) => {
      const value = messages(pair, 2)[0] ?? new Map();
      return [text(pair, 1), value.has(1) ? text(value, 1) : String(first(value, 3) ?? first(value, 2) ?? "")];
    }),
  );
}

function first(message: Fields, field: number): bigint | Uint8Array | undefined {
  return message.get(field)?.[0];
}

function bytes(message: Fields, field: number): Buffer {
  const value = first(message, field);
  return Buffer.from(value instanceof Uint8Array ? value : []);
}

function text(message: Fields, field: number): string {
  return bytes(message, field).toString("utf8");
}

function messages(message: Fields, field: number): Fields[] {
  return (message.get(field) ?? []).flatMap((value) => (value instanceof Uint8Array ? [readFields(value)] : []));
}

function readFields(data: Uint8Array): Fields {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const fields = new Map<number, (bigint | Uint8Array)[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = BigInt(view.getUint8(at++));
      value |= (byte & 0x7fn) << shift;
      if (byte < 0x80n) return value;
    }
  };
  while (at < data.byteLength) {
    const tag = Number(varint());
    let value: bigint | Uint8Array;
    if ((tag & 7) === 0) value = varint();
    else if ((tag & 7) === 1) {
      value = view.getBigUint64(at, true);
      at += 8;
    } else if ((tag & 7) === 5) {
      value = BigInt(view.getUint32(at, true));
      at += 4;
    } else {
      const length = Number(varint());
      value = data.subarray(at, at + length);
      at += length;
    }
    const values = fields.get(tag >> 3) ?? [];
    values.push(value);
    fields.set(tag >> 3, values);
  }
  return fields;
}
