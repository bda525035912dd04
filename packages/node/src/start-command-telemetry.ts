/** Sets up a process that lives as long as one command: as startTelemetry does, with OpenTelemetry's providers in place of NodeSDK. */
import { context, logs, metrics, propagation, trace } from "@opentelemetry/api";
import { LoggerProvider } from "@opentelemetry/sdk-logs";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { TracerProvider } from "@opentelemetry/sdk-trace";
import { onRowSource } from "@worker-watchdog/sdk/rows";
import { EnvironmentContextManager, traceContextFromEnvironment, w3cPropagator } from "./environment-context.ts";
import { runningTelemetry, startProcessTelemetry, type Telemetry, type TelemetryOptions } from "./process-telemetry.ts";

/**
 * {@link startTelemetry} for a process that ends soon: it loads in half the time, as NodeSDK stays out. The rows of a watchdog go out as soon as it is
 * there, as the process may be gone before the first interval. It follows neither OTEL_TRACES_SAMPLER (a command's few spans are all recorded, unless its parent's are not) nor the OTEL_*_LIMIT variables.
 *
 * @throws WatchdogError `invalid_option` for a number of milliseconds that is not above 0.
 * @example
 * ```ts
 * const telemetry = startCommandTelemetry({ worker: { id: "worker-1", pool: "reports" } });
 * await runCommand();
 * await telemetry.flush(); // 2 s at most
 * const isTold = (telemetry.notSent()?.rows ?? 0) === 0;
 * await telemetry.shutdown();
 * ```
 */
export function startCommandTelemetry(options: TelemetryOptions = {}): Telemetry {
  let stopFollowing = (): void => {};
  const telemetry = startProcessTelemetry(options, ({ sdkConfiguration, reader }) => {
    const { resource, spanProcessors, metricReaders, logRecordProcessors } = sdkConfiguration;
    context.setGlobalContextManager(new EnvironmentContextManager(traceContextFromEnvironment()).enable());
    propagation.setGlobalPropagator(w3cPropagator());
    trace.setGlobalTracerProvider(new TracerProvider({ resource, spanProcessors }));
    metrics.setGlobalMeterProvider(new MeterProvider({ resource, readers: metricReaders }));
    logs.setGlobalLoggerProvider(new LoggerProvider({ resource, processors: logRecordProcessors }));
    stopFollowing = onRowSource(() => reader.exportSoon());
  });
  runningTelemetry()?.onShutdown(async () => stopFollowing());
  return telemetry;
}
