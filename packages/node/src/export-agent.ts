/** The HTTP agent of OpenTelemetry's exporters: it keeps them from holding the process, and tells what their callback does not. */
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { HttpPostResult } from "./http-post.ts";
import type { OtlpSettings } from "./otlp-settings.ts";

/** How a request of an exporter ended. */
export type ExportResponse = HttpPostResult & {
  /** A kept connection was found closed, which says nothing about the receiver. */
  readonly isStaleConnection?: boolean | undefined;
};

// A Collector is near: one that takes longer to accept a connection is not there, and while connecting the event loop can not end.
const CONNECT_TIMEOUT_MILLIS = 1000;
const MAX_RESPONSE_BYTES = 65_536;
// More than the time that an exporter has in all, so that it does not wait for it.
const NEVER_SECONDS = "86400";

/** How long a connection may take, in milliseconds. */
export function connectTimeoutMillis(settings: OtlpSettings): number {
  return Math.min(CONNECT_TIMEOUT_MILLIS, settings.timeoutMillis);
}

/**
 * Makes the agent of one signal's exporter. Each request's end is told to `note`, before the exporter's own callback. Sockets and timers are
 * unreferenced, and an exporter's own retries are kept from happening: their timers hold the process, and the queue tries again anyway.
 */
export function createExportAgent(settings: OtlpSettings, note: (response: ExportResponse) => void): HttpAgent {
  const options = { keepAlive: true, ...settings.tls };
  const agent = settings.url.startsWith("https:") ? new HttpsAgent(options) : new HttpAgent({ keepAlive: true });
  // Not in Node's declarations, but what every agent that was ever written for Node overrides: it is called once for each request.
  const hooked = agent as HttpAgent & { addRequest(request: ClientRequest, ...rest: unknown[]): void };
  const addRequest = hooked.addRequest;
  hooked.addRequest = (request, ...rest) => {
    watch(request, settings, note);
    addRequest.call(agent, request, ...rest);
  };
  return agent;
}

function watch(request: ClientRequest, settings: OtlpSettings, note: (response: ExportResponse) => void): void {
  let isNoted = false;
  const noteOnce = (response: ExportResponse): void => {
    if (!isNoted) note(response);
    isNoted = true;
  };
  const giveUp = (error: string, isConnectTimeout = false): void => {
    noteOnce({ error, isConnectTimeout });
    request.destroy(new Error(error));
  };
  const giveUpAfter = (millis: number, what: string, isConnectTimeout: boolean): NodeJS.Timeout =>
    setTimeout(() => giveUp(`${what} within ${millis} ms`, isConnectTimeout), millis).unref();

  const timer = giveUpAfter(settings.timeoutMillis, "no response", false);
  let connectTimer: NodeJS.Timeout | undefined;
  request.on("socket", (socket) => {
    socket.unref();
    if (!socket.connecting) return;
    connectTimer = giveUpAfter(connectTimeoutMillis(settings), "no connection", true);
    socket.once("connect", () => clearTimeout(connectTimer));
  });
  request.on("response", (response) => readResponse(response, noteOnce));
  request.on("error", (error: NodeJS.ErrnoException) => {
    const { code = "connection failed", message } = error;
    const isStaleConnection = request.reusedSocket && code === "ECONNRESET";
    noteOnce({ error: message === "" ? code : message, isStaleConnection });
    // The exporter tries again by the error's code.
    delete error.code;
  });
  request.on("close", () => {
    clearTimeout(timer);
    clearTimeout(connectTimer);
  });
}

function readResponse(response: IncomingMessage, note: (response: ExportResponse) => void): void {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const retryAfter = response.headers["retry-after"];
  response.headers["retry-after"] = NEVER_SECONDS;
  const end = (): void => note({ status: response.statusCode ?? 0, body: Buffer.concat(chunks), retryAfter });
  response.on("data", (chunk: Uint8Array) => {
    size += chunk.length;
    if (size <= MAX_RESPONSE_BYTES) chunks.push(chunk);
  });
  response.on("end", end);
  response.on("error", end);
}
