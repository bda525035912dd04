/** Reads metrics every few seconds and at once when an urgent row changes, and never keeps the process alive. */
import { diag } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import { AggregationTemporality, MetricReader, type ResourceMetrics } from "@opentelemetry/sdk-metrics";
import type { SendResult } from "./otlp-sender.ts";
import type { RowLedger } from "./row-ledger.ts";
import { liveRows, rowScopeMetrics } from "./row-metrics.ts";
import type { Timers } from "./timers.ts";

/** What the reader works with. */
export interface PushMetricReaderOptions {
  /** Sends metrics; never rejects. Absent: nothing is sent, and the reader only answers `collect`. */
  readonly send?: ((metrics: ResourceMetrics) => Promise<SendResult>) | undefined;
  /** The resource that metrics are sent with. Default: the MeterProvider's. */
  readonly resource?: Resource | undefined;
  readonly ledger: RowLedger;
  readonly intervalMillis: number;
  readonly timers: Timers;
}

const RETRY_MILLIS = 1000;

/**
 * A periodic reader in place of OpenTelemetry's own, whose timer holds the process for as long as an export is under way: twice the
 * exit deadline with a silent receiver (docs/decisions/0051). Everything is cumulative, also where the environment prefers deltas: one delta makes Prometheus refuse a whole request.
 */
export class PushMetricReader extends MetricReader {
  readonly #options: PushMetricReaderOptions;
  #cancelTimer: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #notBeforeMillis = 0;
  #cancelRetry: (() => void) | undefined;
  #lastReason = "";

  constructor(options: PushMetricReaderOptions) {
    super({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
    this.#options = options;
  }

  /** Why the last export failed; empty once one was delivered. */
  get lastReason(): string {
    return this.#lastReason;
  }

  /** Exports now, or once more after the export that is under way; after a failure, not before a second is over. */
  exportSoon(): void {
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    const waitMillis = this.#notBeforeMillis - this.#options.timers.now();
    if (waitMillis <= 0) void this.#run();
    else this.#cancelRetry ??= this.#options.timers.after(waitMillis, () => void this.#run());
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
    if (this.#running !== undefined) {
      await this.#running;
      // What failed a moment ago is not tried again: the caller waits.
      if (this.#lastReason !== "") return;
    }
    await this.#run();
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
      if (this.#running === undefined) void this.#run();
    });
  }

  #run(): Promise<void> {
    this.#again = false;
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.#running ??= this.#export()
      .catch((error: unknown) => {
        this.#lastReason = error instanceof Error ? error.message : String(error);
        diag.warn("worker-watchdog: metrics could not be collected", error);
      })
      .finally(() => {
        this.#running = undefined;
        if (this.#again) this.exportSoon();
      });
    return this.#running;
  }

  async #export(): Promise<void> {
    const { send, ledger, timers } = this.#options;
    if (send === undefined) return;
    const { resourceMetrics, errors } = await this.collect();
    if (errors.length > 0) diag.warn("worker-watchdog: some metrics could not be collected", ...errors);
    const nowMillis = timers.now();
    const live = liveRows(nowMillis);
    const due = ledger.due(live, nowMillis);
    const { scopeMetrics } = resourceMetrics;
    const resource = this.#options.resource ?? resourceMetrics.resource;
    const rows = rowScopeMetrics(due, nowMillis);
    if (scopeMetrics.length + rows.length === 0) return;
    let result = await send({ resource, scopeMetrics: [...scopeMetrics, ...rows] });
    // What a receiver refuses may be the application's; pages are made from the rows.
    if (result.outcome === "refused" && scopeMetrics.length > 0 && rows.length > 0)
      result = await send({ resource, scopeMetrics: rows });
    const isWhole = result.outcome === "delivered" && result.rejected === 0;
    this.#lastReason = isWhole ? "" : result.reason;
    this.#notBeforeMillis = isWhole ? 0 : timers.now() + RETRY_MILLIS;
    if (isWhole) ledger.acknowledge(due, live, nowMillis);
  }
}
