/** W3C trace context for children and outgoing requests (R2.4), written by hand so that it needs no registered propagator. */
import { type Context, context, isSpanContextValid, ROOT_CONTEXT, trace } from "@opentelemetry/api";

/** The trace context of `active` as a `traceparent` value, or undefined where there is no recording SDK. */
export function traceparent(active: Context = context.active()): string | undefined {
  const span = trace.getSpanContext(active);
  if (span === undefined || !isSpanContextValid(span)) return undefined;
  return `00-${span.traceId}-${span.spanId}-${(span.traceFlags & 0xff).toString(16).padStart(2, "0")}`;
}

/**
 * Headers that carry the active span to an HTTP service.
 *
 * @example
 * ```ts
 * await fetch(url, { headers: { ...traceHeaders(), "content-type": "application/json" } });
 * ```
 */
export function traceHeaders(active: Context = context.active()): Readonly<Record<string, string>> {
  const value = traceparent(active);
  return value === undefined ? {} : { traceparent: value };
}

/** Environment variables that carry the active span to a child process. */
export function traceEnvironment(active: Context = context.active()): Readonly<Record<string, string>> {
  const value = traceparent(active);
  return value === undefined ? {} : { TRACEPARENT: value };
}

/** Whether a stored text is a trace id: 32 lower-case hex digits. */
export function isTraceId(text: string | undefined): text is string {
  return text !== undefined && /^[0-9a-f]{32}$/.test(text);
}

/** Whether a stored text is a span id: 16 lower-case hex digits. */
export function isSpanId(text: string | undefined): text is string {
  return text !== undefined && /^[0-9a-f]{16}$/.test(text);
}

/** A context whose spans are children of a span that another process began. */
export function contextBelow(span: {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}): Context {
  const { traceId, spanId, traceFlags } = span;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}
