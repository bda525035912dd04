/** What NodeSDK is given in a process, and the two ways to empty its queues and reader: with an event loop and without. */
import { diag } from "@opentelemetry/api";
import { getNumberFromEnv } from "@opentelemetry/core";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import type { Resource } from "@opentelemetry/resources";
import type { LogRecordProcessor, ReadableLogRecord } from "@opentelemetry/sdk-logs";
import type { MetricReader } from "@opentelemetry/sdk-metrics";
import { NoopSpanProcessor, type ReadableSpan, type SpanProcessor } from "@opentelemetry/sdk-trace";
import type { Row } from "@worker-watchdog/sdk/rows";
import { BatchQueue } from "./batch-queue.ts";
import { ConnectGate } from "./connect-gate.ts";
import { postWhileExiting } from "./exit-sender.ts";
import type { HttpPost } from "./http-post.ts";
import { increasingClock } from "./increasing-clock.ts";
import { onUrgentRows } from "./metric-producer.ts";
import type { NotSent } from "./not-sent.ts";
import { createOtlpMetricExporter } from "./otlp-metric-exporter.ts";
import { createOtlpSender, judgeResponse, type OtlpSender, preparePost, type SendResult } from "./otlp-sender.ts";
import { describeEndpoint, type OtlpSettings } from "./otlp-settings.ts";
import { OTLP_SERIALIZERS, type OtlpSignal } from "./otlp-signals.ts";
import type { PromClientRegistry } from "./prom-client-collector.ts";
import { promClientMetricProducer } from "./prom-client-metric-producer.ts";
import { PushMetricReader } from "./push-metric-reader.ts";
import { queueLogProcessor, queueSpanProcessor } from "./queue-processors.ts";
import { RowLedger, rowKey } from "./row-ledger.ts";
import { liveRows, rowScopeMetrics } from "./row-metrics.ts";
import type { TelemetryResources } from "./telemetry-resource.ts";
import { processTimers, type Timers } from "./timers.ts";

/** Options of {@link TelemetryPipeline}. */
export interface TelemetryPipelineOptions {
  readonly settings: Readonly<Record<OtlpSignal, OtlpSettings>>;
  readonly resources: TelemetryResources;
  readonly exportIntervalMillis: number;
  readonly rowRefreshMillis: number;
  readonly promClient?: PromClientRegistry | undefined;
  readonly stampMillis?: (() => number) | undefined;
  readonly timers?: Timers | undefined;
}

interface ExitPost {
  readonly signal: OtlpSignal;
  readonly post: HttpPost;
  readonly settled: (result: SendResult) => void;
}

/** What an SDK is set up with, in NodeSDK's words. */
export interface SdkConfiguration {
  readonly resource: Resource;
  readonly autoDetectResources: boolean;
  readonly spanProcessors: SpanProcessor[];
  readonly metricReaders: MetricReader[];
  readonly logRecordProcessors: LogRecordProcessor[];
}

/** What a process exports through. */
export class TelemetryPipeline {
  /** What the SDK sets up: nothing that it would take from the environment by itself. */
  readonly sdkConfiguration: SdkConfiguration;
  readonly reader: PushMetricReader;
  readonly endpoint: string;
  readonly #settings: Readonly<Record<OtlpSignal, OtlpSettings>>;
  readonly #metricsResource: Resource;
  readonly #senders: readonly Pick<OtlpSender<never>, "close">[];
  readonly #spans: BatchQueue<ReadableSpan>;
  readonly #logRecords: BatchQueue<ReadableLogRecord>;
  readonly #ledger: RowLedger;
  readonly #timers: Timers;
  readonly #stampMillis: () => number;
  readonly #stopUrgent: () => void;
  #exitReason = "";

  constructor(options: TelemetryPipelineOptions) {
    const { settings, resources } = options;
    this.#timers = options.timers ?? processTimers;
    this.#stampMillis = options.stampMillis ?? increasingClock(() => this.#timers.now());
    this.#settings = settings;
    this.#metricsResource = resources.metrics;
    this.endpoint = describeEndpoint(settings);
    const gate = new ConnectGate(() => this.#timers.now());
    const traces = createOtlpSender<ReadableSpan[]>("traces", settings.traces, gate, (to) => new OTLPTraceExporter(to));
    const metrics = createOtlpSender("metrics", settings.metrics, gate, createOtlpMetricExporter);
    const logs = createOtlpSender<ReadableLogRecord[]>("logs", settings.logs, gate, (to) => new OTLPLogExporter(to));
    this.#senders = [traces, metrics, logs];

    this.#spans = new BatchQueue({
      send: (spans) => traces.send([...spans]),
      timers: this.#timers,
      delayMillis: getNumberFromEnv("OTEL_BSP_SCHEDULE_DELAY"),
      maxQueueSize: getNumberFromEnv("OTEL_BSP_MAX_QUEUE_SIZE"),
      maxBatchSize: getNumberFromEnv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE"),
    });
    this.#logRecords = new BatchQueue({
      send: (records) => logs.send([...records]),
      timers: this.#timers,
      delayMillis: getNumberFromEnv("OTEL_BLRP_SCHEDULE_DELAY"),
      maxQueueSize: getNumberFromEnv("OTEL_BLRP_MAX_QUEUE_SIZE"),
      maxBatchSize: getNumberFromEnv("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE"),
    });
    this.#ledger = new RowLedger(options.rowRefreshMillis);
    this.reader = new PushMetricReader({
      send: settings.metrics.isEnabled ? metrics.send : undefined,
      resource: resources.metrics,
      ledger: this.#ledger,
      intervalMillis: options.exportIntervalMillis,
      timers: this.#timers,
      stampMillis: this.#stampMillis,
      metricProducers: options.promClient === undefined ? [] : [promClientMetricProducer(options.promClient)],
    });
    this.sdkConfiguration = {
      resource: resources.tracesAndLogs,
      // Its process detector reads the command line, where credentials may stand.
      autoDetectResources: false,
      // Without a processor there would be no trace ids either, which rows carry.
      spanProcessors: [settings.traces.isEnabled ? queueSpanProcessor(this.#spans) : new NoopSpanProcessor()],
      metricReaders: [this.reader],
      logRecordProcessors: settings.logs.isEnabled ? [queueLogProcessor(this.#logRecords)] : [],
    };
    this.#stopUrgent = settings.metrics.isEnabled ? onUrgentRows(() => this.reader.exportSoon()) : () => {};
  }

  /** Tries everything once, without holding the process. Resolves when each try has ended; never rejects. */
  async flushInBackground(): Promise<void> {
    await Promise.all([this.#spans.flush(), this.#logRecords.flush(), this.reader.forceFlush()]).catch(
      (error: unknown) => diag.warn("worker-watchdog: flush failed", error),
    );
  }

  /** Tries everything once. Resolves at the deadline at the latest, never rejects, and holds the process until then. */
  async flush(deadlineMillis: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadlineMillis);
    });
    await Promise.race([this.flushInBackground(), deadline]);
    clearTimeout(timer);
  }

  /** Sends what is unsent before it returns: for the `exit` event. Of the metrics, only rows are left then. */
  flushSync(deadlineMillis: number): void {
    const exitPosts = this.#exitPosts();
    const results = postWhileExiting(
      exitPosts.map(({ post }) => post),
      deadlineMillis,
    );
    exitPosts.forEach(({ signal, settled }, index) => {
      const result = judgeResponse(signal, results[index] ?? { error: "no result" });
      if (result.outcome !== "delivered") this.#exitReason = result.reason;
      settled(result);
    });
  }

  /** Changes with whatever becomes unsent; empty where nothing is. */
  unsentKey(): string {
    const rows = this.#changedRows();
    if (this.#spans.unsent().length + this.#logRecords.unsent().length + rows.length === 0) return "";
    return [this.#spans.added, this.#logRecords.added, ...rows.map((row) => `${rowKey(row)}=${row.value}`)].join("\n");
  }

  /** What was lost so far, and what is unsent now; `undefined` where there is neither. */
  notSent(): NotSent | undefined {
    const spans = this.#spans.lost + this.#spans.unsent().length;
    const logRecords = this.#logRecords.lost + this.#logRecords.unsent().length;
    const rows = this.#changedRows().length;
    if (spans + logRecords + rows === 0) return undefined;
    const reason = this.lastFailure() ?? "no response before the exit deadline";
    return { endpoint: this.endpoint, spans, rows, logRecords, reason };
  }

  /** Why the last request of a signal failed; `undefined` where none did. */
  lastFailure(): string | undefined {
    const reasons = [this.#exitReason, this.#spans.lastReason, this.reader.lastReason, this.#logRecords.lastReason];
    return reasons.find((text) => text !== "");
  }

  /** Stops timers and closes connections. What is unsent stays so. */
  async close(): Promise<void> {
    this.#stopUrgent();
    this.reader.stop();
    for (const sender of this.#senders) sender.close();
  }

  #changedRows(): readonly Row[] {
    if (!this.#settings.metrics.isEnabled) return [];
    const nowMillis = this.#timers.now();
    return this.#ledger.changed(liveRows(nowMillis), nowMillis);
  }

  #exitPosts(): readonly ExitPost[] {
    const posts: ExitPost[] = [];
    const add = (signal: OtlpSignal, encoded: Uint8Array | undefined, settled: (result: SendResult) => void): void => {
      if (encoded !== undefined) posts.push({ signal, post: preparePost(this.#settings[signal], encoded), settled });
    };
    const rows = this.#changedRows();
    if (rows.length > 0) {
      const nowMillis = this.#timers.now();
      const data = { resource: this.#metricsResource, scopeMetrics: rowScopeMetrics(rows, this.#stampMillis()) };
      add("metrics", OTLP_SERIALIZERS.metrics.serializeRequest(data), ({ outcome, rejected }) => {
        if (outcome === "delivered" && rejected === 0) this.#ledger.acknowledge(rows, liveRows(nowMillis), nowMillis);
      });
    }
    const spans = this.#spans.unsent();
    if (spans.length > 0)
      add("traces", OTLP_SERIALIZERS.traces.serializeRequest([...spans]), (result) => {
        if (result.outcome === "delivered") this.#spans.clear(result.rejected);
      });
    const records = this.#logRecords.unsent();
    if (records.length > 0)
      add("logs", OTLP_SERIALIZERS.logs.serializeRequest([...records]), (result) => {
        if (result.outcome === "delivered") this.#logRecords.clear(result.rejected);
      });
    return posts;
  }
}
