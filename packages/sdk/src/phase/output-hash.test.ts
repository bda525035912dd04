import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { outputHash } from "./output-hash.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const failure = { class: "error", code: "threw", missingKinds: [] } as const;

it("R6.2: hashes the result as JSON, and an error's text", () => {
  expect(outputHash({ status: "ok", result: { ok: true } })).toBe(sha256('{"ok":true}'));
  expect(outputHash({ status: "failed", failure, result: { ok: false } })).toBe(sha256('{"ok":false}'));
  expect(outputHash({ status: "failed", failure, thrown: { error: new TypeError("fetch failed") } })).toBe(
    sha256("TypeError: fetch failed"),
  );
});

it.each([
  ["nothing", undefined],
  ["a sparse array of four thousand million", new Array(4_294_967_295)],
  ["a ring", ((ring: { self?: unknown }) => Object.assign(ring, { self: ring }))({})],
  ["a bigint", 1n],
  [
    "a getter that throws",
    Object.defineProperty({}, "x", {
      enumerable: true,
      get() {
        throw new Error("getter");
      },
    }),
  ],
])("has no hash for %s, and does not mind", (_, result) => {
  expect(outputHash({ status: "ok", result })).toBeUndefined();
});
