import { describe, expect, it } from "vitest";
import { jsonResult } from "./json-result.ts";

const html = { "content-type": "text/html" };

describe("jsonResult", () => {
  it.each([200, 400, 404, 409])("gives the object of a %i", async (status) => {
    expect(await jsonResult(new Response('{"ok":false,"error":"job_not_found"}', { status }))).toEqual({
      ok: false,
      error: "job_not_found",
    });
  });

  it.each([
    ["a 500", new Response("{}", { status: 500 }), "service_unavailable", "http_500"],
    ["a 503 with a page", new Response("<html>", { status: 503, headers: html }), "service_unavailable", "http_503"],
    ["an HTML page", new Response("<html>sign in</html>", { headers: html }), "response_invalid", "html"],
    ["half an object", new Response('{"ok":tr'), "response_invalid", "not_json"],
    ["nothing", new Response(""), "response_invalid", "not_json"],
    ["an array", new Response("[1]"), "response_invalid", "not_an_object"],
    ["null", new Response("null"), "response_invalid", "not_an_object"],
    ["bytes", new Response(new Uint8Array([0x7b, 0xff, 0xfe])), "response_invalid", "not_utf8"],
    ["too much", new Response(`{"a":"${"x".repeat(1_100_000)}"}`), "response_invalid", "too_large"],
  ])("refuses %s", async (_, response, code, reason) => {
    await expect(jsonResult(response)).rejects.toMatchObject({ code, reason, isRetryable: true });
  });

  it("keeps a hostile key an own property", async () => {
    const result = await jsonResult(new Response('{"__proto__":{"ok":true}}'));
    expect(result["ok"]).toBe(undefined);
  });
});
