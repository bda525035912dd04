import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type HttpPost, type HttpPostResult, httpPost } from "./http-post.ts";

const undo: (() => unknown)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  undo.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
}

function serve(listener: RequestListener): Promise<string> {
  return listen(createServer(listener));
}

function post(url: string, options: Partial<HttpPost> = {}): Promise<HttpPostResult> {
  return new Promise((resolve) => {
    httpPost(
      { url, headers: {}, body: Buffer.from("abc"), timeoutMillis: 5000, connectTimeoutMillis: 1000, ...options },
      resolve,
    );
  });
}

describe("httpPost", () => {
  it("sends headers and body, and gives status, body and Retry-After", async () => {
    const url = await serve((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on("end", () =>
        response.writeHead(503, { "retry-after": "3" }).end(`${request.method} ${request.headers["x-key"]} ${body}`),
      );
    });
    const result = await post(url, { headers: { "x-key": "k" } });
    expect(result).toMatchObject({ status: 503, retryAfter: "3" });
    expect("body" in result && Buffer.from(result.body).toString()).toBe("POST k abc");
  });

  it("ends within its bound where nothing answers", async () => {
    const url = await serve(() => {});
    expect(await post(url, { timeoutMillis: 50 })).toEqual({ error: "no response within 50 ms" });
  });

  it("ends within its bound where the answer never ends", async () => {
    const url = await serve((_request, response) => response.writeHead(200).write("a"));
    expect(await post(url, { timeoutMillis: 50 })).toEqual({ error: "no response within 50 ms" });
  });

  it("reads at most 64 KiB of an answer", async () => {
    const url = await serve((_request, response) => response.end(Buffer.alloc(1_000_000)));
    const result = await post(url);
    expect(result).toMatchObject({ status: 200 });
    expect("body" in result && result.body.byteLength).toBeLessThanOrEqual(65_536);
  });

  it("says what failed where nobody listens, or the URL is none", async () => {
    const server = createServer();
    const url = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await post(url)).toMatchObject({ error: expect.stringContaining("ECONNREFUSED") });
    expect(await post("nonsense")).toMatchObject({ error: expect.stringContaining("Invalid URL") });
  });

  it("says so where the peer is no HTTP server", async () => {
    const server = createTcpServer((socket) => socket.end("hello\n"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    undo.push(() => server.close());
    expect(await post(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)).toMatchObject({
      error: expect.stringContaining("Parse Error"),
    });
  });
});
