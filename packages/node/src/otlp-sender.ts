/** Sends encoded telemetry over OTLP/HTTP without ever keeping the process alive, and says what became of it. */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { gzipSync } from "node:zlib";
import { context } from "@opentelemetry/api";
import { suppressTracing } from "@opentelemetry/core";
import type { ConnectGate } from "./connect-gate.ts";
import { type HttpPost, type HttpPostResult, httpPost } from "./http-post.ts";
import type { OtlpSettings } from "./otlp-settings.ts";
import { OTLP_CONTENT_TYPES, OTLP_SERIALIZERS, type OtlpSignal } from "./otlp-signals.ts";

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
export interface OtlpSender {
  readonly settings: OtlpSettings;
  /** Sends encoded items; never rejects. */
  send(encoded: Uint8Array): Promise<SendResult>;
  /** Closes the kept connections. */
  close(): void;
}

// A Collector is near: one that takes longer to accept a connection is not there, and while connecting the event loop can not end.
const CONNECT_TIMEOUT_MILLIS = 1000;
const MAX_RETRY_AFTER_MILLIS = 30_000;

/** Makes the sender of one signal. Connections are made when something is sent, kept, and never hold the process. */
export function createOtlpSender(signal: OtlpSignal, settings: OtlpSettings, gate: ConnectGate): OtlpSender {
  let agent: HttpAgent | undefined;
  return {
    settings,
    send: (encoded) =>
      new Promise((resolve) => {
        const refusal = gate.refuses(settings.url);
        if (refusal !== undefined) {
          resolve({ outcome: "retry", rejected: 0, reason: refusal });
          return;
        }
        agent ??= new (settings.url.startsWith("https:") ? HttpsAgent : HttpAgent)({ keepAlive: true });
        const post = { ...preparePost(settings, encoded), agent, holdsProcess: false };
        context.with(suppressTracing(context.active()), () =>
          httpPost(post, (result) => {
            gate.note(settings.url, result);
            resolve(judgeResponse(signal, settings, result));
          }),
        );
      }),
    close: () => agent?.destroy(),
  };
}

/** The request that carries `encoded`, without an agent. */
export function preparePost(settings: OtlpSettings, encoded: Uint8Array): HttpPost {
  const isGzip = settings.compression === "gzip";
  return {
    url: settings.url,
    headers: {
      ...settings.headers,
      "Content-Type": OTLP_CONTENT_TYPES[settings.protocol],
      "User-Agent": "worker-watchdog",
      ...(isGzip ? { "Content-Encoding": "gzip" } : {}),
    },
    body: isGzip ? gzipSync(encoded) : encoded,
    timeoutMillis: settings.timeoutMillis,
    connectTimeoutMillis: Math.min(CONNECT_TIMEOUT_MILLIS, settings.timeoutMillis),
    tls: settings.tls,
  };
}

/** What a response means, by the OTLP specification: which statuses may be retried, and partial success. */
export function judgeResponse(signal: OtlpSignal, settings: OtlpSettings, result: HttpPostResult): SendResult {
  if ("error" in result) return { outcome: "retry", rejected: 0, reason: result.error };
  const { status } = result;
  if (status >= 200 && status <= 299) {
    const { rejected, reason } = readPartialSuccess(signal, settings, result.body);
    return { outcome: "delivered", rejected, reason };
  }
  const reason = `HTTP ${status}`;
  if (status === 429 || status === 502 || status === 503 || status === 504)
    return { outcome: "retry", rejected: 0, reason, retryAfterMillis: readRetryAfter(result.retryAfter) };
  return { outcome: "refused", rejected: 0, reason };
}

function readPartialSuccess(
  signal: OtlpSignal,
  settings: OtlpSettings,
  body: Uint8Array,
): { rejected: number; reason: string } {
  try {
    const { partialSuccess } = OTLP_SERIALIZERS[settings.protocol][signal].deserializeResponse(body);
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
