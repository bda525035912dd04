/** Where telemetry goes and how: the options, then the standard OTEL_* variables, then OpenTelemetry's defaults. */
import { readFileSync } from "node:fs";
import { diag } from "@opentelemetry/api";
import { getNumberFromEnv, getStringFromEnv, parseKeyPairsIntoRecord } from "@opentelemetry/core";
import type { HttpPostCertificates } from "./http-post.ts";
import { OTLP_SIGNALS, type OtlpSignal } from "./otlp-signals.ts";

/** How one signal is sent. */
export interface OtlpSettings {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Longest time that one request may take, in milliseconds. */
  readonly timeoutMillis: number;
  readonly compression: "none" | "gzip";
  readonly tls: HttpPostCertificates | undefined;
  /** False where OTEL_<SIGNAL>_EXPORTER is `none`. */
  readonly isEnabled: boolean;
}

/** What the caller may say in code; it goes before the environment, as in OpenTelemetry's own exporters. */
export interface OtlpOverrides {
  readonly endpoint?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The longest time that a request may take, whatever the environment says. */
  readonly maxTimeoutMillis?: number | undefined;
}

const DEFAULT_ENDPOINT = "http://127.0.0.1:4318";
const DEFAULT_TIMEOUT_MILLIS = 10_000;

/**
 * Reads the settings of every signal. A malformed variable falls back to its default and is reported by `diag`: telemetry
 * never stops a worker from starting.
 */
export function readOtlpSettings(overrides: OtlpOverrides = {}): Readonly<Record<OtlpSignal, OtlpSettings>> {
  return {
    traces: readSignalSettings("traces", overrides),
    metrics: readSignalSettings("metrics", overrides),
    logs: readSignalSettings("logs", overrides),
  };
}

function readSignalSettings(signal: OtlpSignal, overrides: OtlpOverrides): OtlpSettings {
  warnOfProtocol(signal);
  return {
    url: readUrl(signal, overrides.endpoint),
    headers: {
      ...parseKeyPairsIntoRecord(getStringFromEnv("OTEL_EXPORTER_OTLP_HEADERS")),
      ...parseKeyPairsIntoRecord(getStringFromEnv(variable(signal, "HEADERS"))),
      ...overrides.headers,
    },
    timeoutMillis: Math.min(readTimeout(signal), overrides.maxTimeoutMillis ?? Number.POSITIVE_INFINITY),
    compression: signalOrShared(signal, "COMPRESSION") === "gzip" ? "gzip" : "none",
    tls: readCertificates(signal),
    isEnabled: readIsEnabled(signal),
  };
}

function variable(signal: OtlpSignal, name: string): string {
  return `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`;
}

function signalOrShared(signal: OtlpSignal, name: string): string | undefined {
  return (getStringFromEnv(variable(signal, name)) ?? getStringFromEnv(`OTEL_EXPORTER_OTLP_${name}`))?.trim();
}

function readUrl(signal: OtlpSignal, endpoint: string | undefined): string {
  // The signal's own variable is a whole URL; the shared one and the option are a base, as the OTLP specification says.
  const whole = endpoint === undefined ? getStringFromEnv(variable(signal, "ENDPOINT")) : undefined;
  if (whole !== undefined && isHttpUrl(whole, variable(signal, "ENDPOINT"))) return whole;
  const base = endpoint ?? getStringFromEnv("OTEL_EXPORTER_OTLP_ENDPOINT");
  const source = endpoint === undefined ? "OTEL_EXPORTER_OTLP_ENDPOINT" : "options.endpoint";
  const usable = base !== undefined && isHttpUrl(base, source) ? base : DEFAULT_ENDPOINT;
  return `${usable.replace(/\/+$/, "")}/v1/${signal}`;
}

function isHttpUrl(url: string, source: string): boolean {
  const protocol = URL.parse(url)?.protocol;
  if (protocol === "http:" || protocol === "https:") return true;
  diag.warn(`worker-watchdog: ${source} is "${url}"; an http or https URL is needed, so the default is used.`);
  return false;
}

function warnOfProtocol(signal: OtlpSignal): void {
  const protocol = signalOrShared(signal, "PROTOCOL");
  if (protocol !== undefined && protocol !== "http/json")
    diag.warn(`worker-watchdog: OTLP protocol "${protocol}" is not offered for ${signal}; http/json is used.`);
}

function readTimeout(signal: OtlpSignal): number {
  const timeout = getNumberFromEnv(variable(signal, "TIMEOUT")) ?? getNumberFromEnv("OTEL_EXPORTER_OTLP_TIMEOUT") ?? 0;
  return timeout > 0 ? timeout : DEFAULT_TIMEOUT_MILLIS;
}

function readCertificates(signal: OtlpSignal): HttpPostCertificates | undefined {
  const ca = readPem(signalOrShared(signal, "CERTIFICATE"));
  const cert = readPem(signalOrShared(signal, "CLIENT_CERTIFICATE"));
  const key = readPem(signalOrShared(signal, "CLIENT_KEY"));
  return ca === undefined && cert === undefined && key === undefined ? undefined : { ca, cert, key };
}

function readPem(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    diag.warn(
      `worker-watchdog: can not read ${file}, named by an OTEL_EXPORTER_OTLP_*CERTIFICATE or *KEY variable.`,
      error,
    );
    return undefined;
  }
}

function readIsEnabled(signal: OtlpSignal): boolean {
  const exporter = getStringFromEnv(`OTEL_${signal.toUpperCase()}_EXPORTER`)?.trim();
  if (exporter === "none") return false;
  if (exporter !== undefined && exporter !== "otlp")
    diag.warn(
      `worker-watchdog: OTEL_${signal.toUpperCase()}_EXPORTER is "${exporter}"; otlp and none are offered, otlp is used.`,
    );
  return true;
}

/** The base of all signals' URLs where they share one, for people to read. */
export function describeEndpoint(settings: Readonly<Record<OtlpSignal, OtlpSettings>>): string {
  const bases = new Set(
    OTLP_SIGNALS.map((signal) => withoutSecrets(settings[signal].url).replace(`/v1/${signal}`, "")),
  );
  return [...bases].join(", ");
}

function withoutSecrets(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
