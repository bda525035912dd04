/** Records spans in memory with the OpenTelemetry API alone, for tests of workers. */
import {
  type Attributes,
  type Context,
  context,
  type Exception,
  type Link,
  type Span,
  type SpanContext,
  type SpanOptions,
  type SpanStatus,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  type TracerProvider,
  trace,
} from "@opentelemetry/api";

/** One span as it was recorded. */
export interface RecordedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly attributes: Attributes;
  readonly links: readonly Link[];
  readonly status: SpanStatus;
  readonly ended: boolean;
}

/** Records the spans of a process. */
export interface SpanRecorder {
  /** Every span started, in order. */
  readonly spans: readonly RecordedSpan[];
  /** The spans of one name. */
  named(name: string): readonly RecordedSpan[];
  /** Takes the recorder out of OpenTelemetry again. */
  unregister(): void;
}

/** Registers a recorder as the process's tracer provider. */
export function recordSpans(): SpanRecorder {
  const spans: MemorySpan[] = [];
  const tracer: Tracer = {
    startSpan: (name: string, options: SpanOptions = {}, parent: Context = context.active()) => {
      const span = new MemorySpan(name, options, options.root === true ? undefined : trace.getSpanContext(parent));
      spans.push(span);
      return span;
    },
    startActiveSpan: () => {
      throw new Error("The span recorder has no startActiveSpan: worker-watchdog uses startSpan alone.");
    },
  };
  const provider: TracerProvider = { getTracer: () => tracer };
  trace.disable();
  trace.setGlobalTracerProvider(provider);
  return {
    spans,
    named: (name) => spans.filter((span) => span.name === name),
    unregister: () => trace.disable(),
  };
}

class MemorySpan implements Span, RecordedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string = hex(8);
  readonly parentSpanId: string | undefined;
  readonly attributes: Attributes;
  readonly links: readonly Link[];
  status: SpanStatus = { code: SpanStatusCode.UNSET };
  ended = false;

  constructor(name: string, options: SpanOptions, parent: SpanContext | undefined) {
    this.name = name;
    this.traceId = parent?.traceId ?? hex(16);
    this.parentSpanId = parent?.spanId;
    this.attributes = { ...options.attributes };
    this.links = options.links ?? [];
  }

  spanContext(): SpanContext {
    return { traceId: this.traceId, spanId: this.spanId, traceFlags: TraceFlags.SAMPLED };
  }
  setAttribute(key: string, value: NonNullable<Attributes[string]>): this {
    this.attributes[key] = value;
    return this;
  }
  setAttributes(attributes: Attributes): this {
    Object.assign(this.attributes, attributes);
    return this;
  }
  setStatus(status: SpanStatus): this {
    this.status = status;
    return this;
  }
  updateName(): this {
    return this;
  }
  addEvent(): this {
    return this;
  }
  addLink(): this {
    return this;
  }
  addLinks(): this {
    return this;
  }
  end(): void {
    this.ended = true;
  }
  isRecording(): boolean {
    return !this.ended;
  }
  recordException(_exception: Exception): void {}
}

function hex(bytes: number): string {
  return [...crypto.getRandomValues(new Uint8Array(bytes))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
