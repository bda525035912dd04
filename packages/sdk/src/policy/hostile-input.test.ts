import fc from "fast-check";
import { expect, test } from "vitest";
import { WatchdogError } from "../errors.ts";
import { createPolicy, type PolicyInput } from "./create-policy.ts";
import { parsePolicy } from "./load-policy.ts";
import { compilePassExpression } from "./pass-expression.ts";

const version = "version: codex_session_watchdog_v1\n";
const words = [
  "ok",
  "and",
  "or",
  "not",
  "in",
  "==",
  "!=",
  "(",
  ")",
  "[",
  "]",
  ",",
  "true",
  "null",
  "1.5",
  "'a b'",
  '"',
  "a.b",
  "\\",
];
const yamlParts = [
  "\n",
  "  ",
  "- ",
  ": ",
  "thresholds",
  "owners",
  "&a ",
  "*a",
  "{",
  "}",
  "[",
  "]",
  "!!map ",
  "|",
  "? ",
  "\t",
  "---",
  "5",
  "'",
  "<<",
];

test("any policy text is a policy or an invalid_policy error", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...yamlParts), fc.string({ unit: "grapheme" }))), (parts) => {
      onlyRefuses("invalid_policy", () => parsePolicy(version + parts.join("")));
    }),
    { numRuns: 500 },
  );
});

test("any object is a policy or an invalid_policy error", () => {
  fc.assert(
    fc.property(
      fc.object({ key: fc.constantFrom("thresholds", "owners", "checks", "doctor", "__proto__", "x-a") }),
      (input) => {
        onlyRefuses("invalid_policy", () => createPolicy(input as PolicyInput));
      },
    ),
    { numRuns: 500 },
  );
});

test("any expression compiles or is an invalid_expression error, and judges any result without throwing", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 4 })), { maxLength: 20 }),
      fc.anything({ withNullPrototype: true }),
      (parts, result) => {
        onlyRefuses("invalid_expression", () => {
          expect(typeof compilePassExpression(parts.join(" "))(result)).toBe("boolean");
        });
      },
    ),
    { numRuns: 2_000 },
  );
});

function onlyRefuses(code: string, run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!WatchdogError.isInstance(error) || error.code !== code) throw error;
  }
}
