/** The trace context that a parent process hands down in its environment (TRACEPARENT, TRACESTATE, BAGGAGE). */
import { type Context, createContextKey, ROOT_CONTEXT, type TextMapGetter } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";

type Environment = Readonly<Record<string, string | undefined>>;

// OpenTelemetry's environment carrier: names in upper case, whatever is no letter or digit as an underscore.
const environmentGetter: TextMapGetter<Environment> = {
  get: (environment, key) => environment[key.toUpperCase().replaceAll(/[^A-Z0-9_]/g, "_")],
  keys: (environment) => Object.keys(environment),
};

/** The W3C propagators, which are what both ends of an environment carrier agree on. */
export function w3cPropagator(): CompositePropagator {
  return new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] });
}

/**
 * The context that a parent process handed down, or the root context where there is none or it is malformed.
 *
 * @example
 * ```ts
 * tracer.startSpan("report", {}, traceContextFromEnvironment()); // a child of the span that started this process
 * ```
 */
export function traceContextFromEnvironment(environment: Environment = process.env): Context {
  return w3cPropagator().extract(ROOT_CONTEXT, environment, environmentGetter);
}

const detachedKey = createContextKey("worker-watchdog.detached");

/** A context manager whose outermost context is the one that the parent process handed down. */
export class EnvironmentContextManager extends AsyncLocalStorageContextManager {
  readonly #outermost: Context;
  // Who asks for the root context by name means no parent at all; it must not read as "no context set".
  readonly #detached = ROOT_CONTEXT.setValue(detachedKey, true);

  constructor(outermost: Context) {
    super();
    this.#outermost = outermost;
  }

  override active(): Context {
    const active = super.active();
    return active === ROOT_CONTEXT ? this.#outermost : active;
  }

  override with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return super.with(context === ROOT_CONTEXT ? this.#detached : context, fn, thisArg, ...args);
  }
}
