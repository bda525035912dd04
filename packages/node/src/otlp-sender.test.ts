import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { afterEach, describe, expect, it } from "vitest";
import { ConnectGate } from "./connect-gate.ts";
import { createOtlpSender, judgeResponse, preparePost } from "./otlp-sender.ts";
import { readOtlpSettings } from "./otlp-settings.ts";

const settings = readOtlpSettings().traces;
const empty = new Uint8Array();

describe("judgeResponse", () => {
  it.each([
    { status: 200, outcome: "delivered", reason: "" },
    { status: 204, outcome: "delivered", reason: "" },
    { status: 302, outcome: "refused", reason: "HTTP 302" },
    { status: 400, outcome: "refused", reason: "HTTP 400" },
    { status: 404, outcome: "refused", reason: "HTTP 404" },
    { status: 429, outcome: "retry", reason: "HTTP 429" },
    { status: 500, outcome: "refused", reason: "HTTP 500" },
    { status: 501, outcome: "refused", reason: "HTTP 501" },
    { status: 502, outcome: "retry", reason: "HTTP 502" },
    { status: 503, outcome: "retry", reason: "HTTP 503" },
    { status: 504, outcome: "retry", reason: "HTTP 504" },
  ])("is $outcome for HTTP $status", ({ status, outcome, reason }) => {
    expect(judgeResponse("traces", { status, body: empty })).toMatchObject({ outcome, reason, rejected: 0 });
  });

  it.each([
    { retryAfter: "7", millis: 7000 },
    { retryAfter: "3600", millis: 30_000 },
    { retryAfter: "0", millis: undefined },
    { retryAfter: "Wed, 21 Oct 2026 07:28:00 GMT", millis: undefined },
    { retryAfter: undefined, millis: undefined },
  ])("waits $millis ms for Retry-After $retryAfter", ({ retryAfter, millis }) => {
    const result = judgeResponse("traces", { status: 503, body: empty, retryAfter });
    expect(result.retryAfterMillis).toBe(millis);
  });

  it("tells what a partial success rejected", () => {
    const body = Buffer.from(JSON.stringify({ partialSuccess: { rejectedSpans: 2, errorMessage: "too old" } }));
    expect(judgeResponse("traces", { status: 200, body })).toMatchObject({
      outcome: "delivered",
      rejected: 2,
      reason: "too old",
    });
  });

  it("takes a 2xx with a body that is no OTLP as delivered", () => {
    expect(judgeResponse("traces", { status: 200, body: Buffer.from("<html>ok") })).toMatchObject({
      outcome: "delivered",
      rejected: 0,
    });
  });
});

describe("preparePost", () => {
  it("compresses where the settings say so", () => {
    const post = preparePost({ ...settings, compression: "gzip" }, Buffer.from("x".repeat(1000)));
    expect(post.headers).toMatchObject({ "Content-Encoding": "gzip", "Content-Type": "application/json" });
    expect(post.body.byteLength).toBeLessThan(100);
  });
});

describe("createOtlpSender", () => {
  const undo: (() => unknown)[] = [];
  afterEach(() => {
    for (const step of undo.splice(0)) step();
  });

  async function setUp(listener: RequestListener, timeoutMillis = 2000) {
    const requests: string[] = [];
    const server: Server = createServer((request, response) => {
      requests.push(request.headers["content-type"] ?? "");
      request.resume().on("end", () => listener(request, response));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/logs`;
    const gate = new ConnectGate(() => 0);
    const to = { ...settings, url, timeoutMillis };
    const sender = createOtlpSender("logs", to, gate, (options) => new OTLPLogExporter(options));
    const close = () => {
      server.close();
      server.closeAllConnections();
    };
    undo.push(close, () => sender.close());
    return { requests, server, sender, close };
  }

  it("delivers through OpenTelemetry's exporter, as JSON", async () => {
    const { requests, sender } = await setUp((_request, response) => response.end());
    expect(await sender.send([])).toMatchObject({ outcome: "delivered", rejected: 0 });
    expect(requests).toEqual(["application/json"]);
  });

  it("tells what the receiver rejected", async () => {
    const body = JSON.stringify({ partialSuccess: { rejectedLogRecords: 2, errorMessage: "too old" } });
    const { sender } = await setUp((_request, response) => response.end(body));
    expect(await sender.send([])).toMatchObject({ outcome: "delivered", rejected: 2, reason: "too old" });
  });

  it("asks once, and leaves the trying again to the queue", async () => {
    const { requests, sender } = await setUp((_request, response) =>
      response.writeHead(503, { "retry-after": "1" }).end(),
    );
    const startedAt = performance.now();
    expect(await sender.send([])).toMatchObject({ outcome: "retry", reason: "HTTP 503", retryAfterMillis: 1000 });
    expect(performance.now() - startedAt).toBeLessThan(800);
    expect(requests).toHaveLength(1);
  });

  it("says at once that nobody listens", async () => {
    const { sender, close } = await setUp((_request, response) => response.end());
    close();
    const startedAt = performance.now();
    const result = await sender.send([]);
    expect(result).toMatchObject({ outcome: "retry", reason: expect.stringContaining("ECONNREFUSED") });
    expect(performance.now() - startedAt).toBeLessThan(800);
  });

  it.each([
    { name: "nothing answers", listener: () => {} },
    {
      name: "the answer never ends",
      listener: ((_request, response) => response.writeHead(200).write("a")) as RequestListener,
    },
  ])("ends within its bound where $name", async ({ listener }) => {
    const { requests, sender } = await setUp(listener, 50);
    expect(await sender.send([])).toMatchObject({ outcome: "retry", reason: "no response within 50 ms" });
    expect(requests).toHaveLength(1);
  });

  it("tries once more where a kept connection was closed meanwhile", async () => {
    const { server, sender } = await setUp((_request, response) => response.end());
    let connections = 0;
    server.on("connection", (socket) => {
      connections += 1;
      if (connections > 1) return;
      // Closes the first connection when a second request comes on it.
      let isUsed = false;
      socket.prependListener("data", (chunk: Buffer) => {
        if (isUsed && chunk.includes("POST")) socket.resetAndDestroy();
        isUsed = true;
      });
    });
    expect(await sender.send([])).toMatchObject({ outcome: "delivered" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(await sender.send([])).toMatchObject({ outcome: "delivered" });
    expect(connections).toBe(2);
  });

  it("refuses what can not be encoded", async () => {
    const { sender } = await setUp((_request, response) => response.end());
    const sent = await sender.send([undefined as never]);
    expect(sent).toMatchObject({ outcome: "refused", reason: "could not be encoded" });
  });
});
