import { METRICS, type MetricKey } from "@worker-watchdog/sdk/semconv";

/** Attributes by OpenTelemetry key. */
export type Attributes = Readonly<Record<string, string>>;

/** One gauge point, or one point of a cumulative counter with its start. */
export interface RowPoint {
  readonly metric: MetricKey;
  readonly attributes: Attributes;
  readonly value: number;
  /** When it was so. Default: now. */
  readonly atMillis?: number | undefined;
}

const COUNTER_START_MILLIS = Date.now() - 60_000;
const CUMULATIVE = 2;

const nanos = (millis: number): string => `${BigInt(Math.round(millis)) * 1_000_000n}`;
const list = (attributes: Attributes): readonly object[] =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: value } }));

async function post(url: string, body: object): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
}

/** Sends points as a worker's process with this instance id would. */
export async function sendRows(endpoint: string, instance: string, points: readonly RowPoint[]): Promise<void> {
  const metrics = points.map(({ metric, attributes, value, atMillis = Date.now() }) => {
    const { name, unit, instrument } = METRICS[metric];
    const point = { timeUnixNano: nanos(atMillis), asDouble: value, attributes: list(attributes) };
    if (instrument === "gauge") return { name, unit, gauge: { dataPoints: [point] } };
    const dataPoints = [{ ...point, startTimeUnixNano: nanos(COUNTER_START_MILLIS) }];
    return { name, unit, sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints } };
  });
  const resource = {
    attributes: list({ "service.name": "worker", "service.namespace": "ai", "service.instance.id": instance }),
  };
  await post(`${endpoint}/v1/metrics`, { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] });
}

/** One series of an instant query. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [at: number, value: string];
}

/** Runs an instant query; an error of Prometheus is thrown. */
export async function query(prometheusUrl: string, expr: string): Promise<readonly Series[]> {
  const response = await fetch(`${prometheusUrl}/api/v1/query`, {
    method: "POST",
    body: new URLSearchParams({ query: expr }),
  });
  const body = (await response.json()) as { data?: { resultType: string; result: readonly Series[] }; error?: string };
  if (body.data === undefined) throw new Error(`${expr}: ${body.error}`);
  return body.data.resultType === "vector" ? body.data.result : [{ metric: {}, value: body.data.result as never }];
}
