/** Stands in for a Collector on loopback: one that works, one that fails, one that never answers, and none at all. */
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { decodeOtlp, type Received } from "./otlp-decoder.ts";

/** How a receiver behaves. */
export const RECEIVER_STATES = ["ok", "refused", "silent", "failing", "unavailable", "bad_request", "partial"] as const;
/** How a receiver behaves. */
export type ReceiverState = (typeof RECEIVER_STATES)[number];

/** A running receiver. */
export interface OtlpReceiver extends AsyncDisposable {
  readonly endpoint: string;
  /** All that was received so far, also in requests that were answered with an error. */
  received(): Received;
  /** Paths of the requests so far. */
  paths(): readonly string[];
}

const REJECTED = { traces: "rejectedSpans", metrics: "rejectedDataPoints", logs: "rejectedLogRecords" };

function partialSuccess(path: string): string {
  const signal = path.slice(path.lastIndexOf("/") + 1) as keyof typeof REJECTED;
  return JSON.stringify({ partialSuccess: { [REJECTED[signal]]: 1, errorMessage: "one too many" } });
}

/** Starts a receiver on loopback, on a free port unless one is given. */
export async function startOtlpReceiver(state: ReceiverState, port = 0): Promise<OtlpReceiver> {
  const requests: { path: string; body: Buffer }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      requests.push({ path: request.url ?? "", body: Buffer.concat(chunks) });
      if (state === "silent") return;
      if (state === "failing") response.writeHead(500).end("down");
      else if (state === "unavailable") response.writeHead(503, { "retry-after": "1" }).end();
      else if (state === "bad_request") response.writeHead(400).end("no");
      else
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(state === "partial" ? partialSuccess(request.url ?? "") : undefined);
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  if (state === "refused") await close();
  return {
    endpoint,
    received() {
      const all = requests.map(({ path, body }) => decodeOtlp(path, body));
      return {
        spans: all.flatMap(({ spans }) => spans),
        points: all.flatMap(({ points }) => points),
        logs: all.flatMap(({ logs }) => logs),
      };
    },
    paths: () => requests.map(({ path }) => path),
    [Symbol.asyncDispose]: close,
  };
}
