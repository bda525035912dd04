import { TraceFlags } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { HEARTBEAT_SPAN, phaseSpanName } from "@worker-watchdog/sdk/semconv";
import { describe, expect, it } from "vitest";
import type { BatchQueue } from "./batch-queue.ts";
import { queueSpanProcessor } from "./queue-processors.ts";

function added(name: string, traceFlags: TraceFlags): unknown[] {
  const calls: unknown[] = [];
  const queue = { add: (span: ReadableSpan, isUrgent: boolean) => calls.push([span.name, isUrgent]) };
  const span = { name, spanContext: () => ({ traceId: "", spanId: "", traceFlags }) } as unknown as ReadableSpan;
  queueSpanProcessor(queue as unknown as BatchQueue<ReadableSpan>).onEnd(span);
  return calls;
}

describe("queueSpanProcessor", () => {
  it.each([
    { name: phaseSpanName("claim"), isUrgent: true },
    { name: HEARTBEAT_SPAN, isUrgent: true },
    { name: phaseSpanName("build"), isUrgent: false },
  ])("queues $name, urgent: $isUrgent", ({ name, isUrgent }) => {
    expect(added(name, TraceFlags.SAMPLED)).toEqual([[name, isUrgent]]);
  });

  it("leaves out a span that is recorded but not sampled", () => {
    expect(added(phaseSpanName("claim"), TraceFlags.NONE)).toEqual([]);
  });
});
