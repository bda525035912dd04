/** Sets a process up in one call: NodeSDK with our queues and reader, context, and a flush on every way out. */
import { NodeSDK } from "@opentelemetry/sdk-node";
import { EnvironmentContextManager, traceContextFromEnvironment, w3cPropagator } from "./environment-context.ts";
import { startProcessTelemetry, type Telemetry, type TelemetryOptions } from "./process-telemetry.ts";

/**
 * Sets up traces, metrics and logs of this process over OTLP/HTTP, and sends what is left on every way out. A second call
 * returns what the first one made. Costs the load of NodeSDK, some 200 ms; nothing is sent before something is recorded.
 *
 * @throws WatchdogError `invalid_option` for a number of milliseconds that is not above 0. Nothing else throws, whatever the network does.
 * @example
 * ```ts
 * const telemetry = startTelemetry({ worker: { id: "worker-1", pool: "reports" } });
 * ```
 */
export function startTelemetry(options: TelemetryOptions = {}): Telemetry {
  return startProcessTelemetry(options, ({ sdkConfiguration }) =>
    new NodeSDK({
      ...sdkConfiguration,
      contextManager: new EnvironmentContextManager(traceContextFromEnvironment()),
      textMapPropagator: w3cPropagator(),
    }).start(),
  );
}
