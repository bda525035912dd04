import { describe, expect, it } from "vitest";
import { WatchdogError } from "../errors.ts";
import { jsonResult } from "./json-result.ts";
import { failureOfError, failureOfResult } from "./phase-failure.ts";

describe("failureOfResult", () => {
  it.each([
    [{ ok: false, error: "job_not_found" }, "not_found", "job_not_found"],
    [{ ok: false, http_status: 404 }, "not_found", "job_not_found"],
    [{ ok: false, status_code: 503 }, "transport", "http_503"],
    [{ ok: false, error: "lease_lost" }, "lease_lost", "lease_lost"],
    [{ ok: false, error: "taken_over" }, "lease_lost", "lease_lost"],
    [{ ok: false, http_status: 409 }, "lease_lost", "lease_lost"],
    [{ ok: false, http_status: 409, error: "already_completed" }, "rejected", "already_completed"],
    [{ ok: false, error: "missing_artifact_kind", missing_kinds: ["a"] }, "rejected", "missing_artifact_kind"],
    [{ ok: false, error: "no_primary_artifact" }, "rejected", "no_primary_artifact"],
    [{ ok: false, error: "Token sk-secret is wrong" }, "rejected", "not_passed"],
    [undefined, "rejected", "not_passed"],
    ["text", "rejected", "not_passed"],
    [JSON.parse('{"__proto__":{"error":"job_not_found"}}'), "rejected", "not_passed"],
  ])("%j is %s, %s", (result, kind, code) => {
    expect(failureOfResult(result)).toMatchObject({ class: kind, code });
  });

  it.each([
    [404, {}, "not_found", "job_not_found"],
    [404, { error: "not_found" }, "not_found", "job_not_found"],
    [404, { error: "no_such_kind" }, "rejected", "no_such_kind"],
    [409, {}, "lease_lost", "lease_lost"],
    [409, { error: "already_completed" }, "rejected", "already_completed"],
    [400, {}, "rejected", "not_passed"],
  ])("R6: an HTTP %i with %j, read by jsonResult, is %s, %s", async (status, body, kind, code) => {
    const result = await jsonResult(new Response(JSON.stringify(body), { status }));
    expect(failureOfResult(result)).toMatchObject({ class: kind, code });
  });

  it("survives a getter that throws", () => {
    const hostile = Object.defineProperty({}, "error", {
      get() {
        throw new Error("getter");
      },
    });
    expect(failureOfResult(hostile)).toMatchObject({ class: "rejected", code: "not_passed" });
  });

  it("takes at most 20 missing kinds, and strings alone", () => {
    const kinds = [1, ...Array.from({ length: 30 }, (_, index) => `k${index}`)];
    expect(failureOfResult({ missing_kinds: kinds }).missingKinds).toHaveLength(20);
  });
});

describe("failureOfError", () => {
  const connection = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
  it.each([
    ["fetch failed", new TypeError("fetch failed"), "transport", "fetch_failed"],
    ["fetch failed with a cause", new TypeError("fetch failed", { cause: connection }), "transport", "econnrefused"],
    ["a connection error", connection, "transport", "econnrefused"],
    ["an HTTP client's error", Object.assign(new Error("x"), { status: 500 }), "transport", "http_500"],
    ["a 404 error without a code", Object.assign(new Error("x"), { status: 404 }), "error", "threw"],
    ["a not-found error", Object.assign(new Error("x"), { code: "job_not_found" }), "not_found", "job_not_found"],
    ["the bound", new WatchdogError("phase_timeout", "x"), "timeout", "timeout"],
    ["the lease", new WatchdogError("lease_lost", "x"), "lease_lost", "lease_lost"],
    ["HTML", new WatchdogError("response_invalid", "x", { reason: "html" }), "transport", "html"],
    ["a bug", new RangeError("x"), "error", "threw"],
    ["no error at all", null, "error", "threw"],
    ["a string", "boom", "error", "threw"],
  ])("%s", (_, error, kind, code) => {
    expect(failureOfError(error)).toMatchObject({ class: kind, code });
  });
});
