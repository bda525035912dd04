/** A small HTTP server on a free loopback port: the job service, the artifact host and the page receiver are each one. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Answers one request. What it throws becomes a 500, except a {@link RequestError}. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> | void;

/** A server that listens. */
export interface LoopbackServer {
  /** Such as `http://127.0.0.1:40123`, without a slash at the end. */
  readonly url: string;
  /** Ends open connections too. Safe to call twice. */
  stop(): Promise<void>;
}

/** A request that can not be answered as it is. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Starts a server on 127.0.0.1. */
export async function startLoopbackServer(handle: RequestHandler): Promise<LoopbackServer> {
  const server = createServer(async (request, response) => {
    try {
      await handle(request, response, new URL(request.url ?? "/", "http://127.0.0.1"));
      if (!response.writableEnded) throw new RequestError(404, "Nothing is here.");
    } catch (error) {
      const status = error instanceof RequestError ? error.status : 500;
      const message = error instanceof Error ? error.message : String(error);
      if (!response.headersSent) sendJson(response, status, { ok: false, error: "request_failed", message });
      else response.end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Sends JSON. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(`${JSON.stringify(body)}\n`);
}

/** Reads a body. @throws RequestError 413 beyond `maxBytes`. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new RequestError(413, `The body is longer than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads a JSON object; an empty body is an empty object. @throws RequestError 400 for anything else. */
export async function readJsonObject(
  request: IncomingMessage,
  maxBytes = 1_048_576,
): Promise<Readonly<Record<string, unknown>>> {
  const text = (await readBody(request, maxBytes)).toString("utf8");
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below, like every other body that is no object.
  }
  throw new RequestError(400, "The body is not a JSON object.");
}
