/** Puts ended spans and emitted log records into their queues. */
import { type Context, TraceFlags } from "@opentelemetry/api";
import type { LogRecordProcessor, ReadableLogRecord } from "@opentelemetry/sdk-logs";
import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace";
import { HEARTBEAT_SPAN, phaseSpanName } from "@worker-watchdog/sdk/semconv";
import type { BatchQueue } from "./batch-queue.ts";

// A worker that is killed in a later phase leaves a trace with a root only if its root was exported before.
const URGENT_SPANS: ReadonlySet<string> = new Set([HEARTBEAT_SPAN, phaseSpanName("claim")]);

/** Queues sampled spans as they end; claim and heartbeat spans are sent at once. */
export function queueSpanProcessor(queue: BatchQueue<ReadableSpan>): SpanProcessor {
  return {
    onStart(): void {},
    onEnd(span: ReadableSpan): void {
      if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
      queue.add(span, URGENT_SPANS.has(span.name));
    },
    forceFlush: () => queue.flush(),
    shutdown: () => queue.flush(),
  };
}

/** Queues log records as they are emitted. */
export function queueLogProcessor(queue: BatchQueue<ReadableLogRecord>): LogRecordProcessor {
  return {
    onEmit(record: ReadableLogRecord, _context?: Context): void {
      queue.add(record);
    },
    forceFlush: () => queue.flush(),
    shutdown: () => queue.flush(),
  };
}
