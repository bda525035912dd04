/** Reads an application's prom-client registry, metric by metric: one that throws or hangs costs itself alone. */
import { diag } from "@opentelemetry/api";
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { processTimers, type Timers } from "./timers.ts";

/** A registry of prom-client, told by its shape: any copy of it will do. */
export interface PromClientRegistry {
  getMetricsAsArray(): readonly object[];
}

/** One sample of a metric, as prom-client's `get()` gives it. */
export interface PromClientSample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** Such as `orders_bucket`; absent where it is the metric's own. */
  readonly metricName?: string | undefined;
  readonly exemplar?: PromClientExemplar | null | undefined;
}

/** What a counter or a bucket remembers of one of its events. */
export interface PromClientExemplar {
  readonly labelSet: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** Unix seconds. */
  readonly timestamp?: number | undefined;
}

/** One metric with its samples, which carry the registry's default labels. */
export interface PromClientMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly PromClientSample[];
}

/** What {@link PromClientCollector.collect} comes back with. */
export interface PromClientCollection {
  readonly metrics: readonly PromClientMetric[];
  /** One for each metric that threw, or has not answered in time. */
  readonly errors: readonly Error[];
}

interface Readable {
  readonly name: string;
  get(): Promise<PromClientMetric>;
}

interface Pending {
  readonly answer: Promise<PromClientMetric>;
  isLate: boolean;
}

/** How long one collection waits for metrics that fetch their value. */
export const PROM_CLIENT_TIMEOUT_MILLIS = 500;

// Pages are made from these names: another's samples under one of them would be read as ours.
const RESERVED: ReadonlySet<string> = new Set(Object.values(METRICS).map(({ prometheusName }) => prometheusName));

/** Collects one registry. Hold one for each reader: it remembers which metrics have not answered yet. */
export class PromClientCollector {
  readonly #registry: PromClientRegistry;
  readonly #timeoutMillis: number;
  readonly #timers: Timers;
  readonly #pending = new Map<object, Pending>();
  readonly #warnedOf = new Set<string>();

  constructor(registry: PromClientRegistry, timeoutMillis = PROM_CLIENT_TIMEOUT_MILLIS, timers = processTimers) {
    this.#registry = registry;
    this.#timeoutMillis = timeoutMillis;
    this.#timers = timers;
  }

  /** Reads every metric. Takes at most the timeout; a metric that is still unanswered from an earlier call is not waited for again. */
  async collect(): Promise<PromClientCollection> {
    let cancel = (): void => {};
    const timeout = new Promise<undefined>((resolve) => {
      cancel = this.#timers.after(this.#timeoutMillis, () => resolve(undefined));
    });
    const metrics: PromClientMetric[] = [];
    const errors: Error[] = [];
    const readable = this.#registry.getMetricsAsArray().filter(isReadable);
    await Promise.all(
      readable.map(async (metric) => {
        try {
          const collected = await this.#read(metric, timeout);
          if (collected !== undefined) metrics.push(collected);
        } catch (error) {
          errors.push(new Error(`prom-client metric ${metric.name}: ${String(error)}`, { cause: error }));
        }
      }),
    );
    cancel();
    return { metrics, errors };
  }

  async #read(metric: Readable, timeout: Promise<undefined>): Promise<PromClientMetric | undefined> {
    const pending = this.#pending.get(metric) ?? this.#ask(metric);
    if (pending.isLate) throw new Error("its collect() has not answered yet");
    const collected = await Promise.race([pending.answer, timeout]);
    if (collected === undefined) {
      pending.isLate = true;
      throw new Error(`its collect() did not answer within ${this.#timeoutMillis} ms`);
    }
    const { name, help, type, values } = collected;
    if (RESERVED.has(name) || (type === "counter" && RESERVED.has(`${name}_total`))) {
      this.#warnOnce(name);
      return undefined;
    }
    const defaults = defaultLabels(this.#registry);
    return {
      name,
      help,
      type,
      values: values.map((sample) => ({ ...sample, labels: { ...defaults, ...sample.labels } })),
    };
  }

  #ask(metric: Readable): Pending {
    const answer = Promise.resolve()
      .then(() => metric.get())
      .finally(() => this.#pending.delete(metric));
    answer.catch(() => {}); // Told to whoever waits; nobody does once it is late.
    const pending = { answer, isLate: false };
    this.#pending.set(metric, pending);
    return pending;
  }

  #warnOnce(name: string): void {
    if (this.#warnedOf.has(name)) return;
    this.#warnedOf.add(name);
    diag.warn(
      `worker-watchdog: the application's own prom-client metric ${name} has a name that pages are made from; it is left out. Give it another name.`,
    );
  }
}

function isReadable(metric: object): metric is Readable {
  const { name, get } = metric as Partial<Readable>;
  return typeof name === "string" && typeof get === "function";
}

// prom-client hands its default labels out only with all metrics together, of which one that fails or hangs would take the rest along.
function defaultLabels(registry: PromClientRegistry): Readonly<Record<string, string>> {
  return (registry as { readonly _defaultLabels?: Readonly<Record<string, string>> })._defaultLabels ?? {};
}
