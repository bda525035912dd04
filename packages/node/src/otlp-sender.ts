/** Sends telemetry through OpenTelemetry's OTLP/HTTP exporters without ever keeping the process alive, and says what became of it. */
import { gzipSync } from "node:zlib";
import { context, diag } from "@opentelemetry/api";
import { type ExportResult, ExportResultCode, suppressTracing } from "@opentelemetry/core";
import type { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import type { ConnectGate } from "./connect-gate.ts";
import { connectTimeoutMillis, createExportAgent, type ExportResponse } from "./export-agent.ts";
import type { HttpPost, HttpPostResult } from "./http-post.ts";
import type { OtlpSettings } from "./otlp-settings.ts";
import { OTLP_CONTENT_TYPE, OTLP_SERIALIZERS, type OtlpSignal } from "./otlp-signals.ts";

/** What became of one request. */
export interface SendResult {
  /** `delivered`: accepted, also in part. `retry`: not now. `refused`: never, as it is. */
  readonly outcome: "delivered" | "retry" | "refused";
  /** How many items of a delivered request the receiver rejected. */
  readonly rejected: number;
  /** Why it was not delivered, or why items were rejected; empty otherwise. */
  readonly reason: string;
  /** How long the receiver asked to wait, in milliseconds. */
  readonly retryAfterMillis?: number | undefined;
}

/** Sends one signal. */
export interface OtlpSender<T> {
  /** Sends items, one call at a time; never rejects. */
  send(items: T): Promise<SendResult>;
  /** Closes the kept connections. */
  close(): void;
}

/** What all of OpenTelemetry's OTLP/HTTP exporters take. */
export type ExporterOptions = NonNullable<ConstructorParameters<typeof OTLPTraceExporter>[0]>;

/** Makes an exporter, such as an OTLPTraceExporter. */
export type CreateExporter<T> = (options: ExporterOptions) => {
  export(items: T, done: (result: ExportResult) => void): void;
};

const USER_AGENT = "worker-watchdog";
const MAX_RETRY_AFTER_MILLIS = 30_000;

/** Makes the sender of one signal. Connections are made when something is sent, kept, and never hold the process. */
export function createOtlpSender<T>(
  signal: OtlpSignal,
  settings: OtlpSettings,
  gate: ConnectGate,
  createExporter: CreateExporter<T>,
): OtlpSender<T> {
  let response: ExportResponse | undefined;
  const agent = createExportAgent(settings, (ended) => {
    response = ended;
  });
  // What is not given here, such as compression, the exporter reads from the standard variables.
  const exporter = createExporter({
    url: settings.url,
    headers: { ...settings.headers },
    timeoutMillis: settings.timeoutMillis,
    userAgent: USER_AGENT,
    httpAgentOptions: () => agent,
  });
  const exportOnce = (items: T): Promise<ExportResult> => {
    response = undefined;
    return new Promise((resolve) => {
      context.with(suppressTracing(context.active()), () => exporter.export(items, resolve));
    });
  };
  return {
    async send(items) {
      const refusal = gate.refuses(settings.url);
      if (refusal !== undefined) return { outcome: "retry", rejected: 0, reason: refusal };
      try {
        let result = await exportOnce(items);
        if (response?.isStaleConnection === true) result = await exportOnce(items);
        if (response === undefined) return judgeWithoutResponse(result);
        gate.note(settings.url, response);
        return judgeResponse(signal, response);
      } catch (error) {
        diag.warn("worker-watchdog: telemetry could not be encoded", error);
        return { outcome: "refused", rejected: 0, reason: "could not be encoded" };
      }
    },
    close: () => agent.destroy(),
  };
}

function judgeWithoutResponse({ code, error }: ExportResult): SendResult {
  if (code === ExportResultCode.SUCCESS) return { outcome: "delivered", rejected: 0, reason: "" };
  return { outcome: "retry", rejected: 0, reason: error?.message ?? "no request was made" };
}

/** The request of the exit path that carries `encoded`. */
export function preparePost(settings: OtlpSettings, encoded: Uint8Array): HttpPost {
  const isGzip = settings.compression === "gzip";
  return {
    url: settings.url,
    headers: {
      ...settings.headers,
      "Content-Type": OTLP_CONTENT_TYPE,
      "User-Agent": USER_AGENT,
      ...(isGzip ? { "Content-Encoding": "gzip" } : {}),
    },
    body: isGzip ? gzipSync(encoded) : encoded,
    timeoutMillis: settings.timeoutMillis,
    connectTimeoutMillis: connectTimeoutMillis(settings),
    tls: settings.tls,
  };
}

/** What a response means, by the OTLP specification: which statuses may be retried, and partial success. */
export function judgeResponse(signal: OtlpSignal, result: HttpPostResult): SendResult {
  if ("error" in result) return { outcome: "retry", rejected: 0, reason: result.error };
  const { status } = result;
  if (status >= 200 && status <= 299) {
    const { rejected, reason } = readPartialSuccess(signal, result.body);
    return { outcome: "delivered", rejected, reason };
  }
  const reason = `HTTP ${status}`;
  if (status === 429 || status === 502 || status === 503 || status === 504)
    return { outcome: "retry", rejected: 0, reason, retryAfterMillis: readRetryAfter(result.retryAfter) };
  return { outcome: "refused", rejected: 0, reason };
}

function readPartialSuccess(signal: OtlpSignal, body: Uint8Array): { rejected: number; reason: string } {
  try {
    const { partialSuccess } = OTLP_SERIALIZERS[signal].deserializeResponse(body);
    if (partialSuccess === undefined) return { rejected: 0, reason: "" };
    const { errorMessage = "", ...counts } = partialSuccess;
    const rejected = Number(Object.values(counts)[0] ?? 0);
    return { rejected, reason: errorMessage === "" ? "rejected by the receiver" : errorMessage.slice(0, 200) };
  } catch {
    // A 2xx is a 2xx: some receivers answer with a body of their own.
    return { rejected: 0, reason: "" };
  }
}

function readRetryAfter(retryAfter: string | undefined): number | undefined {
  const seconds = Number(retryAfter);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1000, MAX_RETRY_AFTER_MILLIS) : undefined;
}
