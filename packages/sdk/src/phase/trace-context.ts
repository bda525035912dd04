/** W3C trace context for children and outgoing requests (R2.4), written by hand so that it needs no registered propagator. */
import { type Context, context, isSpanContextValid, trace } from "@opentelemetry/api";

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
