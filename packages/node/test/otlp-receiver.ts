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

// partial_success { rejected: 1, error_message: "one too many" }
const PARTIAL_SUCCESS = Buffer.concat([Buffer.from([0x0a, 0x10, 0x08, 0x01, 0x12, 0x0c]), Buffer.from("one too many")]);

/** Starts a receiver on loopback, on a free port unless one is given. */
export async function startOtlpReceiver(state: ReceiverState, port = 0): Promise<OtlpReceiver> {
  const requests: { path: string; body: Buffer; contentType: string | undefined }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      requests.push({
        path: request.url ?? "",
        body: Buffer.concat(chunks),
        contentType: request.headers["content-type"],
      });
      if (state === "silent") return;
      if (state === "failing") response.writeHead(500).end("down");
      else if (state === "unavailable") response.writeHead(503, { "retry-after": "1" }).end();
      else if (state === "bad_request") response.writeHead(400).end("no");
      else
        response
          .writeHead(200, { "content-type": "application/x-protobuf" })
          .end(state === "partial" ? PARTIAL_SUCCESS : undefined);
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
      const all = requests.map(({ path, body, contentType }) => decodeOtlp(path, body, contentType));
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
