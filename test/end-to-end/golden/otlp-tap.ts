/** An OTLP/HTTP receiver on loopback that keeps every byte it gets, and hands it on: what has left a process, before any Collector has touched it. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

/** A tap. */
export interface OtlpTap {
  readonly endpoint: string;
  /** Everything that came, uncompressed, a byte a character. */
  text(): string;
  /** How many requests came for a signal: `traces`, `metrics` or `logs`. */
  requests(signal: string): number;
  close(): Promise<void>;
}

/** Starts a tap that hands on to another OTLP/HTTP receiver. */
export async function startOtlpTap(onwards: string): Promise<OtlpTap> {
  const bodies: { readonly path: string; readonly text: string }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const isPacked = request.headers["content-encoding"] === "gzip";
    bodies.push({ path: request.url ?? "", text: (isPacked ? gunzipSync(body) : body).toString("latin1") });
    const answer = await fetch(`${onwards}${request.url}`, {
      method: "POST",
      body,
      headers: {
        "content-type": request.headers["content-type"] ?? "",
        ...(isPacked && { "content-encoding": "gzip" }),
      },
    });
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    text: () => bodies.map(({ text }) => text).join("\n"),
    requests: (signal) => bodies.filter(({ path }) => path === `/v1/${signal}`).length,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
