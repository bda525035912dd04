/** The context that a phase's function is called with, each part made when it is read: most functions read none of them. */
import type { Context } from "@opentelemetry/api";
import type { PhaseContext } from "./phase-function.ts";
import { traceEnvironment, traceHeaders } from "./trace-context.ts";

const PARTS: readonly (keyof PhaseContext)[] = ["signal", "headers", "env"];

class PartsOnDemand implements PhaseContext {
  readonly #active: Context;
  readonly #makeSignal: () => AbortSignal;
  #signal: AbortSignal | undefined;
  #headers: PhaseContext["headers"] | undefined;
  #env: PhaseContext["env"] | undefined;

  constructor(active: Context, makeSignal: () => AbortSignal) {
    this.#active = active;
    this.#makeSignal = makeSignal;
  }
  get signal(): AbortSignal {
    this.#signal ??= this.#makeSignal();
    return this.#signal;
  }
  get headers(): PhaseContext["headers"] {
    this.#headers ??= traceHeaders(this.#active);
    return this.#headers;
  }
  get env(): PhaseContext["env"] {
    this.#env ??= traceEnvironment(this.#active);
    return this.#env;
  }
}

// Getters of a class are lost where a function spreads its context (`fetch(url, { method, ...call })`), and getters of the object's own cost
// eight times as much to define as this proxy: it is an object with three properties of its own, to everybody who looks.
const ownParts: ProxyHandler<PartsOnDemand> = {
  get: (parts, key) => parts[key as keyof PhaseContext],
  has: (_parts, key) => PARTS.includes(key as keyof PhaseContext),
  ownKeys: () => [...PARTS],
  getOwnPropertyDescriptor: (parts, key) =>
    PARTS.includes(key as keyof PhaseContext)
      ? { value: parts[key as keyof PhaseContext], enumerable: true, configurable: true, writable: false }
      : undefined,
};

/** A phase's context whose parts are made at their first reading, and stay the same from then on. */
export function phaseContextOnDemand(active: Context, makeSignal: () => AbortSignal): PhaseContext {
  return new Proxy(new PartsOnDemand(active, makeSignal), ownParts);
}
