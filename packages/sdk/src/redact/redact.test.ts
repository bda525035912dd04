import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { credentials } from "../../../../test/corpus/corpus.ts";
import { CREDENTIAL_KINDS, MAX_REDACT_LENGTH, redact } from "./index.ts";

/** Pieces that the passes look for, so that random texts come near to credentials. */
const PIECES = [
  ...'password= token: "api_key": secret => Bearer Basic Authorization: Cookie: sid= ?key= &sig= https:// @host : / \\ " \' [redacted:password] [redacted: ] % %20 %5B %3D \n \\n , ; { } < > -----BEGIN PRIVATE KEY----- -----END --password -u eyJ . sk- ghp_ AKIA xoxb- $ ${ a1B2c3D4e5F6g7H8i9J0'.split(
    " ",
  ),
  " ",
  "\u001b[31m",
  "\ud800",
  "密碼",
];
const nearText = fc.array(
  fc.oneof(
    fc.constantFrom(...PIECES),
    fc.string({ maxLength: 12 }),
    fc.constantFrom(...credentials().map(({ text }) => text)),
  ),
  { maxLength: 14 },
);

describe("redact", () => {
  it("names a closed set of kinds, all of which the corpus shows", () => {
    const shown = new Set(credentials().flatMap(({ text }) => redact(text).hits));

    expect(CREDENTIAL_KINDS.filter((kind) => !shown.has(kind))).toEqual([]);
  });

  it("R12: twice is once, whatever the text", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(nearText, (pieces) => {
        const { text } = redact(pieces.join(""));
        expect(redact(text)).toEqual({ text, hits: [] });
      }),
      { numRuns: 5_000 },
    );
  });

  it("R12: the cheap look lets nothing through that the passes would find", { timeout: 60_000 }, () => {
    // An escape makes the passes run; by itself it is nothing to them.
    const inert = "%41\n";
    fc.assert(
      fc.property(nearText, (pieces) => {
        const text = pieces.join("");
        if (redact(text).text === text) expect(redact(inert + text)).toEqual({ text: inert + text, hits: [] });
      }),
      { numRuns: 5_000 },
    );
  });

  it("counts each credential once", () => {
    expect(redact("password=hunter22x and password=hunter22x").hits).toEqual(["password", "password"]);
  });

  it("cuts a text above its bound, and leaves no half of a credential at the cut", { timeout: 60_000 }, () => {
    const secret = credentials().find(({ of }) => of === "GitHub personal access token")?.text ?? "";
    for (let behind = 0; behind < 60; behind += 12) {
      const padding = "a ".repeat((MAX_REDACT_LENGTH - 60) / 2) + " ".repeat(behind);
      const { text } = redact(`${padding}${secret}${"b".repeat(100)}`);
      expect(text.length).toBeLessThanOrEqual(MAX_REDACT_LENGTH);
      expect(text.includes(secret.slice(0, 10))).toBe(false);
      expect(text.slice(-40)).toMatch(/cut\]$/);
      expect(redact(text)).toEqual({ text, hits: [] });
    }
  });

  it("cuts a text without a space as well", { timeout: 60_000 }, () => {
    const { text } = redact("a".repeat(2 * MAX_REDACT_LENGTH));

    expect(text).toHaveLength(MAX_REDACT_LENGTH - 4_096);
  });

  it.each([
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["a number", 42, "42"],
    ["a list", ["password=hunter22x"], "password=[redacted:password]"],
    ["an object without a prototype", Object.create(null), "[unreadable]"],
    ["an object that throws", { toString: () => JSON.parse("{") }, "[unreadable]"],
    ["a symbol", Symbol("s"), "Symbol(s)"],
  ])("never throws: %s", (_name, value, text) => {
    expect(redact(value as string).text).toBe(text);
  });

  it("leaves lone surrogates alone", () => {
    expect(redact("\ud800 password=hunter22x \udc00").text).toBe("\ud800 password=[redacted:password] \udc00");
  });
});
