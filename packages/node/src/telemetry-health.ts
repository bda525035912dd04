/** Whether what this process does can reach a page: facts for a worker's own status page, and sentences for people. */

import { metrics } from "@opentelemetry/api";
import { rowSources } from "@worker-watchdog/sdk/rows";
import type { NotSent } from "./not-sent.ts";
import { runningTelemetry } from "./process-telemetry.ts";
import { liveRows } from "./row-metrics.ts";
import { lastRowReading } from "./row-readings.ts";

/** What {@link telemetryHealth} tells. Times are unix milliseconds. */
export interface TelemetryHealth {
  /** Whose MeterProvider the process has: `worker-watchdog` where startTelemetry() set it, `other` for an application's own, `none` where nobody's. */
  readonly meterProvider: "worker-watchdog" | "other" | "none";
  /** Watchdogs of this process whose rows an exporter can read. */
  readonly watchdogCount: number;
  /** Rows that are live now. */
  readonly rowCount: number;
  /** When a reader, of whichever SDK, or a scrape last read the rows; undefined where none ever did. */
  readonly rowsReadAtMillis: number | undefined;
  /** When a receiver last acknowledged an export of startTelemetry(); undefined where none did, and for another SDK, which does not say. */
  readonly deliveredAtMillis: number | undefined;
  /** What startTelemetry() has not sent so far, which may be on its way; undefined where there is nothing. */
  readonly notSent: NotSent | undefined;
  /** Why the last request of startTelemetry() failed; undefined where it did not. */
  readonly lastFailure: string | undefined;
  /** What is wrong, one sentence each with the next step; empty where nothing is. */
  readonly problems: readonly string[];
}

/** Options of {@link telemetryHealth}. */
export interface TelemetryHealthOptions {
  /** Now, in unix milliseconds. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** When the process started, in unix milliseconds; a reader has {@link UNREAD_MILLIS} from then. Default: when it did. */
  readonly startedAtMillis?: number | undefined;
}

/** Rows that nobody has read for so long reach no page: twelve times the default export interval, and as long as a periodic reader waits by default. */
export const UNREAD_MILLIS = 60_000;

const apiKey = Symbol.for("opentelemetry.js.api.1");

/**
 * Tells whether rows leave this process. Costs a reading of the rows, asks nobody, and throws nothing.
 *
 * @example
 * ```ts
 * const { problems } = telemetryHealth();
 * response.writeHead(problems.length === 0 ? 200 : 503).end(problems.join("\n"));
 * ```
 */
export function telemetryHealth(options: TelemetryHealthOptions = {}): TelemetryHealth {
  const nowMillis = (options.now ?? Date.now)();
  const startedAtMillis = options.startedAtMillis ?? performance.timeOrigin;
  const running = runningTelemetry();
  const rowsReadAtMillis = lastRowReading();
  const facts = {
    meterProvider: meterProviderOwner(),
    watchdogCount: rowSources().length,
    rowCount: liveRows(nowMillis).length,
    rowsReadAtMillis,
    deliveredAtMillis: running?.state().deliveredAtMillis,
    notSent: running?.notSent(),
    lastFailure: running?.state().lastFailure,
  };
  const isUnread = nowMillis - Math.max(startedAtMillis, rowsReadAtMillis ?? 0) > UNREAD_MILLIS;
  const problems = [...apiProblems(), ...unreadProblems(facts, isUnread), ...unsentProblems(facts)];
  return { ...facts, problems };
}

type Facts = Omit<TelemetryHealth, "problems">;

function unreadProblems({ meterProvider, watchdogCount }: Facts, isUnread: boolean): readonly string[] {
  if (!isUnread || watchdogCount === 0) return [];
  const next = {
    "worker-watchdog": "Look whether the event loop is blocked, or OTEL_METRICS_EXPORTER is none.",
    other:
      "Give the reader of the application's MeterProvider `metricProducers: [watchdogMetricProducer()]`, all of one OpenTelemetry release train.",
    none: "Call startTelemetry() at the start of the process, or run it with --import @worker-watchdog/node/register.",
  }[meterProvider];
  return [
    `No reader has read this process's rows for more than ${UNREAD_MILLIS / 1000} s, so no page can be made of what it does. ${next}`,
  ];
}

// An API of another version hands out providers that do nothing, without a word.
function apiProblems(): readonly string[] {
  const { metrics: registered, version } = registeredApi();
  if (registered === undefined || metrics.getMeterProvider() === registered) return [];
  return [
    `The application's SDK was set up through @opentelemetry/api ${version}, which this library can not use: its spans, log events and claim counter go nowhere. Install one copy of @opentelemetry/api, 1.10 or later.`,
  ];
}

function unsentProblems({ notSent, lastFailure }: Facts): readonly string[] {
  if (notSent === undefined || lastFailure === undefined) return [];
  const { endpoint, spans, rows, logRecords } = notSent;
  return [
    `Not sent to ${endpoint}: ${spans} spans, ${rows} rows, ${logRecords} log records (${lastFailure}). Check the Collector there, or set OTEL_EXPORTER_OTLP_ENDPOINT.`,
  ];
}

function meterProviderOwner(): TelemetryHealth["meterProvider"] {
  if (registeredApi().metrics === undefined) return "none";
  return runningTelemetry()?.state().hasMeterProvider === true ? "worker-watchdog" : "other";
}

interface RegisteredApi {
  readonly version?: string;
  readonly metrics?: unknown;
}

// Every copy of the API, of any 1.x, registers here.
function registeredApi(): RegisteredApi {
  return (globalThis as { [apiKey]?: RegisteredApi })[apiKey] ?? {};
}
