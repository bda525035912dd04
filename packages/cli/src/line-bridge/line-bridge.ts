/** The bridge: takes Alertmanager's notifications at `/receivers/<name>` and answers once LINE has them; `/healthz` for a supervisor. */
import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Policy } from "@worker-watchdog/sdk/policy";
import { redact } from "@worker-watchdog/sdk/redact";
import { bridgeCredentials, channelAccessToken } from "./bridge-secrets.ts";
import { lineTexts } from "./line-messages.ts";
import { readNotification } from "./notification.ts";
import { type PushOutcome, pushMessage } from "./push-message.ts";
import { retryKey } from "./retry-key.ts";

/** What the bridge works with. */
export interface LineBridgeOptions {
  readonly policy: Policy;
  readonly apiUrl: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told one line for each notification, without a credential. */
  readonly onSent: (line: string) => void;
  /** Told one line for each that failed. */
  readonly onFailed: (line: string) => void;
  /** Unix time in milliseconds. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

const RECEIVER_PATH = /^\/receivers\/([^/?]+)$/;

/** The bridge as an HTTP server that does not listen yet. Whatever it is sent, it answers; it never throws. */
export function lineBridge(options: LineBridgeOptions): Server {
  const { request_timeout_seconds, attempts, retry_wait_seconds } = options.policy.line_bridge;
  const longestMillis = 1_000 * attempts * (request_timeout_seconds + retry_wait_seconds);
  const server = createServer((request, response) => {
    answerTo(request, options)
      .catch((error: unknown): Answer => {
        const text = redact(error instanceof Error ? error.message : String(error)).text;
        options.onFailed(`a request failed: ${text}`);
        return { status: 500, text: "The bridge failed; its log says why" };
      })
      .then((answer) => send(response, answer));
  });
  // A client that dawdles is cut off; LINE's own time comes on top.
  server.requestTimeout = longestMillis;
  server.headersTimeout = longestMillis;
  return server;
}

function send(response: ServerResponse, { status, text }: Answer): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", connection: "close" });
  response.end(`${text}\n`);
}

async function answerTo(request: IncomingMessage, options: LineBridgeOptions): Promise<Answer> {
  const { method, url = "" } = request;
  if (url === "/healthz") return await health(options);
  const [, encoded] = RECEIVER_PATH.exec(url) ?? [];
  if (encoded === undefined)
    return { status: 404, text: "Found an unknown path, allowed /receivers/<name> and /healthz" };
  if (method !== "POST") return { status: 405, text: `Found ${method}, allowed POST` };
  // A page in a browser on this host can send anything but JSON here without asking.
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? "")) {
    return { status: 415, text: "Found another content type, allowed application/json" };
  }
  if (!(await isAllowed(request, options))) return { status: 401, text: "Found no or another bearer token" };
  const body = await bodyOf(request, options.policy.line_bridge.max_body_bytes);
  if (body === undefined) return failed(413, "Found more than line_bridge.max_body_bytes", encoded, options);
  return await forward(decoded(encoded), body, options);
}

async function health({ policy, environment }: LineBridgeOptions): Promise<Answer> {
  const token = await channelAccessToken(policy.line_bridge, environment);
  return "value" in token ? { status: 200, text: "ok" } : { status: 503, text: token.problem };
}

async function isAllowed(request: IncomingMessage, { policy, onFailed }: LineBridgeOptions): Promise<boolean> {
  const credentials = await bridgeCredentials(policy.line_bridge);
  if (credentials === undefined) return true;
  if ("problem" in credentials) {
    onFailed(credentials.problem);
    return false;
  }
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(request.headers.authorization ?? ""), hash(`Bearer ${credentials.value}`));
}

/** The body, or undefined where it is too long; what is left of it is read and dropped, so that the answer can be read. */
async function bodyOf(request: IncomingMessage, mostBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= mostBytes) chunks.push(chunk);
  }
  return bytes <= mostBytes ? Buffer.concat(chunks).toString("utf8") : undefined;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Alertmanager tries again after every 5xx, and counts the last one as a failed notification. */
async function forward(name: string, body: string, options: LineBridgeOptions): Promise<Answer> {
  const { policy, environment, apiUrl, now = Date.now } = options;
  const { line_bridge, pipeline, receivers } = policy;
  const to = Object.hasOwn(receivers, name) ? receivers[name]?.line?.to : undefined;
  if (to === undefined) return failed(404, "the bridge's policy has no such receiver with `line`", name, options);
  const notification = readNotification(body);
  if (typeof notification === "string") return failed(400, notification, name, options);
  const token = await channelAccessToken(line_bridge, environment);
  if ("problem" in token) return failed(503, token.problem, name, options);
  const texts = lineTexts(notification.alerts);
  const repeatIntervalSeconds = pipeline.repeat_interval_minutes * 60;
  const outcome = await pushMessage({
    apiUrl,
    token: token.value,
    to,
    texts,
    retryKey: retryKey(notification, { to, repeatIntervalSeconds, nowMillis: now() }),
    requestTimeoutMillis: line_bridge.request_timeout_seconds * 1_000,
    attempts: line_bridge.attempts,
    retryWaitMillis: line_bridge.retry_wait_seconds * 1_000,
  });
  const what = `${notification.isFiring ? "firing" : "resolved"} ${notification.groupLabels["alertname"] ?? "group"}, ${notification.alerts.length} alerts`;
  if (outcome.is !== "accepted") return failed(statusOf(outcome), outcome.problem, name, options);
  const note = outcome.wasAcceptedBefore ? "LINE had it already" : `${texts.length} messages`;
  options.onSent(redact(`sent to ${name}: ${what} (${note})`).text);
  return { status: 200, text: "sent" };
}

function statusOf({ is }: PushOutcome): number {
  return is === "refused" ? 502 : 503;
}

function failed(status: number, problem: string, name: string, { onFailed }: LineBridgeOptions): Answer {
  const text = redact(`receiver ${name}: ${problem}`).text;
  onFailed(text);
  return { status, text };
}
