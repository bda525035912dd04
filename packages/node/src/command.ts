/** For a process that lives as long as one command, such as `watchdog exec`: what {@link startCommandTelemetry} needs, and no NodeSDK. */
export type { NotSent } from "./not-sent.ts";
export { type OtlpSettings, readOtlpSettings } from "./otlp-settings.ts";
export type { Telemetry, TelemetryOptions } from "./process-telemetry.ts";
export { startCommandTelemetry } from "./start-command-telemetry.ts";
