import { describe, expect, it } from "vitest";
import { judgeResponse, preparePost } from "./otlp-sender.ts";
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
    expect(judgeResponse("traces", settings, { status, body: empty })).toMatchObject({ outcome, reason, rejected: 0 });
  });

  it.each([
    { retryAfter: "7", millis: 7000 },
    { retryAfter: "3600", millis: 30_000 },
    { retryAfter: "0", millis: undefined },
    { retryAfter: "Wed, 21 Oct 2026 07:28:00 GMT", millis: undefined },
    { retryAfter: undefined, millis: undefined },
  ])("waits $millis ms for Retry-After $retryAfter", ({ retryAfter, millis }) => {
    const result = judgeResponse("traces", settings, { status: 503, body: empty, retryAfter });
    expect(result.retryAfterMillis).toBe(millis);
  });

  it("tells what a partial success rejected, in either encoding", () => {
    const json = Buffer.from(JSON.stringify({ partialSuccess: { rejectedSpans: 2, errorMessage: "too old" } }));
    const protobuf = Buffer.concat([Buffer.from([0x0a, 0x0b, 0x08, 0x02, 0x12, 0x07]), Buffer.from("too old")]);
    for (const [protocol, body] of [
      ["http/json", json],
      ["http/protobuf", protobuf],
    ] as const)
      expect(judgeResponse("traces", { ...settings, protocol }, { status: 200, body })).toMatchObject({
        outcome: "delivered",
        rejected: 2,
        reason: "too old",
      });
  });

  it("takes a 2xx with a body that is no OTLP as delivered", () => {
    expect(judgeResponse("traces", settings, { status: 200, body: Buffer.from("<html>ok") })).toMatchObject({
      outcome: "delivered",
      rejected: 0,
    });
  });
});

describe("preparePost", () => {
  it("compresses where the settings say so", () => {
    const post = preparePost({ ...settings, compression: "gzip" }, Buffer.from("x".repeat(1000)));
    expect(post.headers).toMatchObject({ "Content-Encoding": "gzip", "Content-Type": "application/x-protobuf" });
    expect(post.body.byteLength).toBeLessThan(100);
  });
});
