/** The library's way to OpenTelemetry: nothing that goes wrong in here ever reaches the worker. */
import {
  type Attributes,
  type Counter,
  context,
  diag,
  type Logger,
  type LoggerProvider,
  logs,
  type MeterProvider,
  metrics,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { Clock } from "../clock.ts";
import type { Journal, JournalRecord, JsonValue } from "../journal/journal.ts";
import { recordId } from "../journal/record-id.ts";
import { ATTRIBUTES, type ClaimOutcome, type EventName, INSTRUMENTATION_SCOPE, METRICS } from "../semconv/index.ts";
import { OutgoingText } from "./outgoing-text.ts";

/** What {@link Telemetry.record} says beside the event's name. */
export interface RecordDetails {
  readonly jobId?: string | undefined;
  readonly traceId?: string | undefined;
  readonly data?: Readonly<Record<string, JsonValue>> | undefined;
}

const NO_DATA = Object.freeze({});

/** Spans, the claim counter and audit records of one worker. */
export class Telemetry {
  readonly tracer: Tracer = trace.getTracer(INSTRUMENTATION_SCOPE);
  /** How many times telemetry failed; `doctor` shows it. */
  errors = 0;
  /** What all of it goes through. */
  readonly outgoing: OutgoingText;
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #worker: { readonly pool: string; readonly id: string };
  readonly #claimAttributes: Readonly<Record<ClaimOutcome, Attributes>>;
  #counter: Counter | undefined;
  #counterProvider: MeterProvider | undefined;
  #logger: Logger | undefined;
  #loggerProvider: LoggerProvider | undefined;

  constructor(
    clock: Clock,
    journal: Journal,
    worker: { readonly pool: string; readonly id: string },
    outgoing: OutgoingText = new OutgoingText(),
  ) {
    this.outgoing = outgoing;
    this.#clock = clock;
    this.#journal = journal;
    this.#worker = worker;
    const claims = (outcome: ClaimOutcome): Attributes => ({
      [ATTRIBUTES.workerPool.key]: worker.pool,
      [ATTRIBUTES.workerId.key]: worker.id,
      [ATTRIBUTES.claimOutcome.key]: outcome,
    });
    this.#claimAttributes = { job: claims("job"), no_job: claims("no_job"), failed: claims("failed") };
  }

  /** Runs `action`; an error is counted and, the first time, told to OpenTelemetry's diag logger. */
  guard<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      this.failed(error);
      return undefined;
    }
  }

  /** Counts an error; the first one is told to OpenTelemetry's diag logger. */
  failed(error: unknown): void {
    this.errors += 1;
    if (this.errors === 1)
      diag.warn(
        "worker-watchdog: telemetry failed; the worker goes on. Further failures are only counted.",
        this.outgoing.text(wordsOf(error), "diagnostic"),
      );
  }

  /** Counts one claim. */
  countClaim(outcome: ClaimOutcome): void {
    this.guard(() => this.#claims().add(1, this.#claimAttributes[outcome]));
  }

  /** Writes one audit record to the journal and sends it as a log event. */
  record(name: EventName, details: RecordDetails = {}): void {
    const event: JournalRecord = {
      kind: "worker_watchdog_event",
      id: recordId(),
      name,
      atMillis: this.#clock.now(),
      workerPool: this.#worker.pool,
      workerId: this.#worker.id,
      jobId: details.jobId,
      traceId: details.traceId,
      data: details.data ?? NO_DATA,
    };
    try {
      this.#journal.append(event);
    } catch (error) {
      this.failed(error);
    }
    this.emit(name, details, event.atMillis);
  }

  /** Sends one event as a log event alone: its record is in the journal already, or can not be. */
  emit(name: EventName, details: RecordDetails = {}, timestamp: number = this.#clock.now()): void {
    try {
      const logger = this.#logs();
      const active = context.active();
      if (!logger.enabled({ eventName: name, context: active })) return;
      logger.emit({
        eventName: name,
        timestamp,
        context: active,
        attributes: {
          ...(details.data === undefined ? {} : this.outgoing.fields(details.data, "event")),
          [ATTRIBUTES.workerPool.key]: this.#worker.pool,
          [ATTRIBUTES.workerId.key]: this.#worker.id,
          ...(details.jobId === undefined
            ? {}
            : { [ATTRIBUTES.jobId.key]: this.outgoing.text(details.jobId, "event") }),
          ...(details.traceId === undefined ? {} : { [ATTRIBUTES.traceId.key]: details.traceId }),
        },
      });
    } catch (error) {
      this.failed(error);
    }
  }

  #logs(): Logger {
    const provider = logs.getLoggerProvider();
    if (this.#logger === undefined || provider !== this.#loggerProvider) {
      this.#loggerProvider = provider;
      this.#logger = provider.getLogger(INSTRUMENTATION_SCOPE);
    }
    return this.#logger;
  }

  // The metrics API has no proxy: a meter taken before an SDK is registered stays a no-op for ever.
  #claims(): Counter {
    const provider = metrics.getMeterProvider();
    if (this.#counter === undefined || provider !== this.#counterProvider) {
      this.#counterProvider = provider;
      this.#counter = provider
        .getMeter(INSTRUMENTATION_SCOPE)
        .createCounter(METRICS.claims.name, { unit: METRICS.claims.unit, description: METRICS.claims.description });
    }
    return this.#counter;
  }
}

/** What was thrown, in words; it may be anything. */
function wordsOf(error: unknown): string {
  try {
    return error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
  } catch {
    return typeof error;
  }
}
