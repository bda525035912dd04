/** The telemetry of one process, whichever SDK is set up for it: options, the pipeline, and a flush on every way out. */
import { type Attributes, context, diag, logs, metrics, propagation, trace } from "@opentelemetry/api";
import { getBooleanFromEnv, getNumberFromEnv } from "@opentelemetry/core";
import type { MetricReader } from "@opentelemetry/sdk-metrics";
import { WatchdogError } from "@worker-watchdog/sdk/rows";
import { installExitHooks } from "./exit-hooks.ts";
import { type NotSent, writeNotSent } from "./not-sent.ts";
import { readOtlpSettings } from "./otlp-settings.ts";
import type { PromClientRegistry } from "./prom-client-collector.ts";
import { TelemetryPipeline } from "./telemetry-pipeline.ts";
import { telemetryResources, type WorkerIdentity } from "./telemetry-resource.ts";

/** Options of `startTelemetry`. All may be left out. */
export interface TelemetryOptions {
  /** Base URL of an OTLP/HTTP receiver. Default: OTEL_EXPORTER_OTLP_ENDPOINT (and its forms for one signal), else `http://127.0.0.1:4318`. */
  readonly endpoint?: string | undefined;
  /** Headers of each request, beside OTEL_EXPORTER_OTLP_HEADERS. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Which worker the process is; makes `service.instance.id` the same after a restart. Default: none, and a random id. */
  readonly worker?: WorkerIdentity | undefined;
  /** `service.name`. Default: OTEL_SERVICE_NAME, else {@link DEFAULT_SERVICE_NAME}. */
  readonly serviceName?: string | undefined;
  /** Further resource attributes, beside OTEL_RESOURCE_ATTRIBUTES. */
  readonly resourceAttributes?: Attributes | undefined;
  /** The worker's own prom-client registry, such as prom-client's global `register`, to be pushed beside. Default: none. */
  readonly promClient?: PromClientRegistry | undefined;
  /**
   * The time that rows are exported under, in unix milliseconds. Default: now, each millisecond once. Where several processes export the same rows, it must be
   * another one for each export of each: Prometheus refuses a request that has a second value for one millisecond.
   */
  readonly stampMillis?: (() => number) | undefined;
  /** How often metrics are exported. Default: OTEL_METRIC_EXPORT_INTERVAL, else 5000. */
  readonly exportIntervalMillis?: number | undefined;
  /** How often an unchanged row is exported again. Default: 60000. Prometheus forgets a series after 5 minutes. */
  readonly rowRefreshMillis?: number | undefined;
  /** How long the end of the process may be put off to send what is left. Default: 2000. */
  readonly exitDeadlineMillis?: number | undefined;
  /** Called once, as the process ends, where something could not be sent. Default: one line on stderr. */
  readonly onNotSent?: ((notSent: NotSent) => void) | undefined;
}

/** Defaults of {@link TelemetryOptions}, in milliseconds. */
export const TELEMETRY_DEFAULTS = {
  exportIntervalMillis: 5000,
  rowRefreshMillis: 60_000,
  exitDeadlineMillis: 2000,
} as const;

/** The telemetry of a process. */
export interface Telemetry {
  /** Where telemetry goes. */
  readonly endpoint: string;
  /** The reader of the process's metrics; `undefined` where OTEL_SDK_DISABLED is set. */
  readonly metricReader: MetricReader | undefined;
  /** Sends what is unsent, taking at most `exitDeadlineMillis`. Never rejects. */
  flush(): Promise<void>;
  /** Flushes, says what was not sent, and takes everything back that `startTelemetry` set up. Never rejects. */
  shutdown(): Promise<void>;
  /** What is unsent or lost right now; `undefined` where there is nothing. */
  notSent(): NotSent | undefined;
}

/** What other parts of this package need of it. */
export interface RunningTelemetry extends Telemetry {
  /** Calls `stop` when the telemetry is shut down. Returns the way to take that back. */
  onShutdown(stop: () => Promise<void>): () => void;
  /** How its exports go. */
  state(): TelemetryState;
}

/** How the exports of a process go. */
export interface TelemetryState {
  /** Whether the process's MeterProvider is ours, not an application's own. */
  readonly hasMeterProvider: boolean;
  /** When metrics were last delivered in full, in unix milliseconds. */
  readonly deliveredAtMillis: number | undefined;
  /** Why the last request failed. */
  readonly lastFailure: string | undefined;
}

const runningKey = Symbol.for("worker-watchdog.telemetry.v1");

/** Sets OpenTelemetry's global API up with what the pipeline says. */
export type RegisterSdk = (pipeline: TelemetryPipeline) => void;

/**
 * Sets up what `register` registers, once for each process.
 *
 * @throws WatchdogError `invalid_option` for a number of milliseconds that is not above 0.
 */
export function startProcessTelemetry(options: TelemetryOptions, register: RegisterSdk): Telemetry {
  const holder = globalThis as { [runningKey]?: RunningTelemetry };
  if (holder[runningKey] !== undefined) {
    diag.warn("worker-watchdog: startTelemetry() was called before in this process; its first set-up stays as it is.");
    return holder[runningKey];
  }
  const exportIntervalMillis = positive(
    "exportIntervalMillis",
    options,
    getNumberFromEnv("OTEL_METRIC_EXPORT_INTERVAL"),
  );
  const rowRefreshMillis = positive("rowRefreshMillis", options);
  const exitDeadlineMillis = positive("exitDeadlineMillis", options);
  if (getBooleanFromEnv("OTEL_SDK_DISABLED")) return inertTelemetry();

  const pipeline = new TelemetryPipeline({
    settings: readOtlpSettings({
      endpoint: options.endpoint,
      headers: options.headers,
      maxTimeoutMillis: exitDeadlineMillis,
    }),
    resources: telemetryResources({
      worker: options.worker,
      serviceName: options.serviceName,
      attributes: options.resourceAttributes,
    }),
    exportIntervalMillis,
    rowRefreshMillis,
    promClient: options.promClient,
    stampMillis: options.stampMillis,
  });
  const { taken, unregister } = registerGlobally(pipeline, register);

  let isReported = false;
  const report = (): void => {
    if (isReported) return;
    const notSent = pipeline.notSent();
    if (notSent === undefined) return;
    isReported = true;
    try {
      (options.onNotSent ?? writeNotSent)(notSent);
    } catch (error) {
      diag.warn("worker-watchdog: onNotSent failed", error);
    }
  };
  const uninstall = installExitHooks(
    {
      flush: (deadlineMillis) => pipeline.flush(deadlineMillis),
      flushInBackground: () => pipeline.flushInBackground(),
      flushSync: (deadlineMillis) => pipeline.flushSync(deadlineMillis),
      report,
      unsentKey: () => pipeline.unsentKey(),
    },
    { deadlineMillis: exitDeadlineMillis },
  );

  let ended: Promise<void> | undefined;
  const stops = new Set<() => Promise<void>>();
  const shutdown = async (): Promise<void> => {
    await pipeline.flush(exitDeadlineMillis);
    uninstall();
    report();
    unregister();
    await Promise.allSettled([pipeline.close(), ...[...stops].map((stop) => stop())]);
    delete holder[runningKey];
  };
  const telemetry: RunningTelemetry = {
    endpoint: pipeline.endpoint,
    metricReader: pipeline.reader,
    flush: () => pipeline.flush(exitDeadlineMillis),
    shutdown: () => {
      ended ??= shutdown();
      return ended;
    },
    notSent: () => pipeline.notSent(),
    onShutdown(stop) {
      stops.add(stop);
      return () => stops.delete(stop);
    },
    state: () => ({
      hasMeterProvider: !taken.includes("metrics" satisfies keyof typeof GLOBALS),
      deliveredAtMillis: pipeline.reader.deliveredAtMillis,
      lastFailure: pipeline.lastFailure(),
    }),
  };
  holder[runningKey] = telemetry;
  return telemetry;
}

/** The telemetry that `startTelemetry` has set up in this process, if it has. */
export function runningTelemetry(): RunningTelemetry | undefined {
  return (globalThis as { [runningKey]?: RunningTelemetry })[runningKey];
}

// The parts of OpenTelemetry's API that a process has one of, and how each is given back.
const GLOBALS = { context, propagation, trace, metrics, logs } as const;
// An SDK does not say what it could not set. The key is what copies of the API, of any 1.x, find each other by.
const apiKey = Symbol.for("opentelemetry.js.api.1");

function registerGlobally(
  pipeline: TelemetryPipeline,
  register: RegisterSdk,
): { readonly taken: readonly string[]; readonly unregister: () => void } {
  const registered = (globalThis as { [apiKey]?: Readonly<Record<string, unknown>> })[apiKey] ?? {};
  const taken = Object.keys(GLOBALS).filter((name) => registered[name] !== undefined);
  register(pipeline);
  if (taken.length > 0)
    diag.warn(
      `worker-watchdog: another OpenTelemetry SDK has set the ${taken.join(", ")} API of this process; those stay. Rows are exported all the same. Use watchdogMetricProducer() with that SDK instead of startTelemetry().`,
    );
  const unregister = (): void => {
    for (const [name, api] of Object.entries(GLOBALS)) if (!taken.includes(name)) api.disable();
  };
  return { taken, unregister };
}

function positive(
  name: keyof typeof TELEMETRY_DEFAULTS,
  options: TelemetryOptions,
  fromEnvironment?: number | undefined,
): number {
  const value = options[name];
  if (value === undefined)
    return fromEnvironment !== undefined && fromEnvironment > 0 ? fromEnvironment : TELEMETRY_DEFAULTS[name];
  if (Number.isFinite(value) && value > 0) return value;
  throw new WatchdogError(
    "invalid_option",
    `startTelemetry: ${name} is ${value}; a number of milliseconds above 0 is needed.`,
  );
}

function inertTelemetry(): Telemetry {
  return {
    endpoint: "none (OTEL_SDK_DISABLED)",
    metricReader: undefined,
    flush: async () => {},
    shutdown: async () => {},
    notSent: () => undefined,
  };
}
