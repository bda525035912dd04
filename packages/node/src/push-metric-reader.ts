/** Reads metrics every few seconds and at once when an urgent row changes, and never keeps the process alive. */
import { diag } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  type CollectionResult,
  type MetricProducer,
  MetricReader,
  type ResourceMetrics,
  type ScopeMetrics,
} from "@opentelemetry/sdk-metrics";
import { INSTRUMENTATION_SCOPE } from "@worker-watchdog/sdk/semconv";
import type { SendResult } from "./otlp-sender.ts";
import type { RowLedger } from "./row-ledger.ts";
import { liveRows, rowScopeMetrics, withoutRowCounters } from "./row-metrics.ts";
import { noteRowReading } from "./row-readings.ts";
import type { Timers } from "./timers.ts";

/** What the reader works with. */
export interface PushMetricReaderOptions {
  /** Sends metrics; never rejects. Absent: nothing is sent, and the reader only answers `collect`. */
  readonly send?: ((metrics: ResourceMetrics) => Promise<SendResult>) | undefined;
  /** The resource that metrics are sent with. */
  readonly resource: Resource;
  readonly ledger: RowLedger;
  readonly intervalMillis: number;
  readonly timers: Timers;
  /** The time of the rows' points, in unix milliseconds. */
  readonly stampMillis: () => number;
  /** Metrics from elsewhere, such as an application's prom-client registry. Rows are not among them: they have a ledger. */
  readonly metricProducers?: MetricProducer[] | undefined;
}

const RETRY_MILLIS = 1000;
/** What an export sends: the application's own metrics keep to their interval, however often rows must not wait. */
type Part = "rows" | "all";
/** How long an export waits for instruments and producers before rows go alone. */
const COLLECT_MILLIS = 1000;

/**
 * A periodic reader in place of OpenTelemetry's own, whose timer holds the process for as long as an export is under way: twice the
 * exit deadline with a silent receiver (docs/decisions/0051). Everything is cumulative, also where the environment prefers deltas: one delta makes Prometheus refuse a whole request.
 */
export class PushMetricReader extends MetricReader {
  readonly #options: PushMetricReaderOptions;
  #cancelTimer: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #runningPart: Part = "all";
  #again: Part | undefined;
  #collecting = false;
  #notBeforeMillis = 0;
  #cancelRetry: (() => void) | undefined;
  #lastReason = "";
  #deliveredAtMillis: number | undefined;

  constructor(options: PushMetricReaderOptions) {
    super({
      aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE,
      metricProducers: options.metricProducers ?? [],
    });
    this.#options = options;
  }

  /** Why the last export failed; empty once one was delivered. */
  get lastReason(): string {
    return this.#lastReason;
  }

  /** When an export was last delivered in full, in unix milliseconds. */
  get deliveredAtMillis(): number | undefined {
    return this.#deliveredAtMillis;
  }

  /** Exports our metrics now, or once more after the export that is under way; after a failure, not before a second is over. */
  exportSoon(): void {
    this.#exportSoon("rows");
  }

  /** Stops the timer. */
  stop(): void {
    this.#cancelRetry?.();
    this.#cancelTimer?.();
  }

  protected override onInitialized(): void {
    this.#arm();
  }

  protected override async onForceFlush(): Promise<void> {
    while (this.#running !== undefined) {
      await this.#running;
      // What failed a moment ago is not tried again: the caller waits.
      if (this.#lastReason !== "") return;
    }
    await this.#run("all");
  }

  protected override async onShutdown(): Promise<void> {
    this.stop();
    await this.onForceFlush();
  }

  #arm(): void {
    const { send, timers, intervalMillis } = this.#options;
    if (send === undefined) return;
    this.#cancelTimer = timers.after(intervalMillis, () => {
      this.#arm();
      if (this.#running === undefined) void this.#run("all");
      else if (this.#runningPart === "rows") this.#again = "all";
    });
  }

  #exportSoon(part: Part): void {
    if (this.#running !== undefined) {
      this.#again ??= part;
      return;
    }
    const waitMillis = this.#notBeforeMillis - this.#options.timers.now();
    if (waitMillis <= 0) void this.#run(part);
    else this.#cancelRetry ??= this.#options.timers.after(waitMillis, () => void this.#run(part));
  }

  #run(part: Part): Promise<void> {
    this.#again = undefined;
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.#runningPart = part;
    this.#running = this.#export(part)
      .catch((error: unknown) => {
        this.#lastReason = error instanceof Error ? error.message : String(error);
        diag.warn("worker-watchdog: metrics could not be collected", error);
      })
      .finally(() => {
        this.#running = undefined;
        if (this.#again !== undefined) this.#exportSoon(this.#again);
      });
    return this.#running;
  }

  async #export(wanted: Part): Promise<void> {
    const { send, ledger, timers, resource, stampMillis } = this.#options;
    if (send === undefined) return;
    const collected = await this.#collectInTime();
    const nowMillis = timers.now();
    const live = liveRows(nowMillis);
    noteRowReading(nowMillis);
    const due = ledger.due(live, nowMillis);
    const scopeMetrics = withoutRowCounters(collected?.resourceMetrics.scopeMetrics ?? [], live);
    const isOurs = ({ scope }: ScopeMetrics): boolean => scope.name === INSTRUMENTATION_SCOPE;
    const ours = [...scopeMetrics.filter(isOurs), ...rowScopeMetrics(due, stampMillis())];
    const theirs = wanted === "rows" ? [] : scopeMetrics.filter((metrics) => !isOurs(metrics));
    // In requests of their own: one point of the application's that Prometheus refuses costs its whole request, also behind a Collector.
    let reason = "";
    for (const part of [ours, theirs]) {
      if (part.length === 0) continue;
      const result = await send({ resource, scopeMetrics: part });
      const isWhole = result.outcome === "delivered" && result.rejected === 0;
      if (isWhole && part === ours) ledger.acknowledge(due, live, nowMillis);
      if (!isWhole) reason ||= result.reason;
      if (result.outcome === "retry") break;
    }
    this.#lastReason = reason;
    if (reason === "" && ours.length + theirs.length > 0) this.#deliveredAtMillis = timers.now();
    this.#notBeforeMillis = reason === "" ? 0 : timers.now() + RETRY_MILLIS;
  }

  /** The metrics that are not rows; undefined where they are not there in time. Then the next export does not ask again before they are. */
  async #collectInTime(): Promise<CollectionResult | undefined> {
    if (this.#collecting) return undefined;
    this.#collecting = true;
    const collection = this.collect().finally(() => {
      this.#collecting = false;
    });
    let cancel = (): void => {};
    const timeout = new Promise<undefined>((resolve) => {
      cancel = this.#options.timers.after(COLLECT_MILLIS, () => resolve(undefined));
    });
    try {
      const collected = await Promise.race([collection, timeout]);
      if (collected === undefined) {
        collection.catch(() => {});
        diag.warn(
          `worker-watchdog: metrics were not collected within ${COLLECT_MILLIS} ms; rows are exported without them.`,
        );
      } else if (collected.errors.length > 0)
        diag.warn("worker-watchdog: some metrics could not be collected", ...collected.errors);
      return collected;
    } catch (error) {
      diag.warn("worker-watchdog: metrics could not be collected; rows are exported without them.", error);
      return undefined;
    } finally {
      cancel();
    }
  }
}
