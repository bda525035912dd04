/** Telemetry as OTLP JSON, sent the way any client would. */

/** Attribute values that the tests need. */
export type Attributes = Readonly<Record<string, string | number | readonly string[]>>;

/** A span to send. */
export interface TestSpan {
  readonly name: string;
  readonly attributes: Attributes;
  readonly durationMillis?: number | undefined;
  readonly statusMessage?: string | undefined;
  readonly eventAttributes?: Attributes | undefined;
}

/** A gauge point to send. */
export interface TestPoint {
  readonly name: string;
  readonly unit?: string | undefined;
  readonly value: number;
  readonly attributes: Attributes;
  readonly unixMillis?: number | undefined;
}

const nanos = (unixMillis: number): string => `${BigInt(Math.round(unixMillis)) * 1_000_000n}`;

function attributeList(attributes: Attributes): unknown[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: Attributes[string]): unknown {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "number") return { doubleValue: value };
  return { arrayValue: { values: value.map((entry) => ({ stringValue: entry })) } };
}

const randomHex = (bytes: number): string => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("hex");
const resource = { attributes: attributeList({ "service.name": "stack-test", "service.instance.id": "stack-test-1" }) };

async function post(endpoint: string, path: string, body: unknown): Promise<void> {
  const response = await fetch(`${endpoint}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
}

/** Sends one span. */
export function sendSpan(endpoint: string, span: TestSpan): Promise<void> {
  const end = Date.now();
  const { durationMillis = 1_500, eventAttributes, statusMessage } = span;
  const events = eventAttributes && [
    { name: "exception", timeUnixNano: nanos(end), attributes: attributeList(eventAttributes) },
  ];
  const sent = {
    traceId: randomHex(16),
    spanId: randomHex(8),
    name: span.name,
    kind: 1,
    startTimeUnixNano: nanos(end - durationMillis),
    endTimeUnixNano: nanos(end),
    attributes: attributeList(span.attributes),
    ...(events && { events }),
    ...(statusMessage !== undefined && { status: { code: 2, message: statusMessage } }),
  };
  return post(endpoint, "/v1/traces", { resourceSpans: [{ resource, scopeSpans: [{ spans: [sent] }] }] });
}

/** Sends one gauge point. */
export function sendPoint(endpoint: string, point: TestPoint): Promise<void> {
  const { name, unit = "", value, unixMillis = Date.now() } = point;
  const dataPoints = [
    { timeUnixNano: nanos(unixMillis), asDouble: value, attributes: attributeList(point.attributes) },
  ];
  return post(endpoint, "/v1/metrics", {
    resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [{ name, unit, gauge: { dataPoints } }] }] }],
  });
}

/** Sends one log record. */
export function sendLog(endpoint: string, body: string, attributes: Attributes): Promise<void> {
  const record = {
    timeUnixNano: nanos(Date.now()),
    body: { stringValue: body },
    attributes: attributeList(attributes),
  };
  return post(endpoint, "/v1/logs", { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] });
}

/** One series of an instant query. */
export interface QueryResult {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [unixSeconds: number, value: string];
}

/** Runs an instant query. */
export async function query(prometheusUrl: string, expression: string): Promise<readonly QueryResult[]> {
  const response = await fetch(`${prometheusUrl}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const body = (await response.json()) as {
    readonly data?: { readonly result: readonly QueryResult[] };
    readonly error?: string;
  };
  if (body.data === undefined) throw new Error(`${expression}: ${body.error}`);
  return body.data.result;
}
