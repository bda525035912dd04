import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scanJsonObject } from "./json-object-end.ts";
import { jsonOutput, MAX_JSON_BYTES } from "./json-output.ts";

const read = (text: string | Buffer) => {
  const bytes = Buffer.from(text);
  return jsonOutput(bytes.subarray(Math.max(0, bytes.length - MAX_JSON_BYTES)), bytes.length);
};

describe("R2.3: the JSON object that a command printed", () => {
  test.each([
    ["the whole output", '{"ok":true}\n'],
    ["with a byte order mark", '\uFEFF{"ok":true}'],
    ["in colour", '\u001b[32m{"ok":\u001b[1mtrue}\u001b[0m\n'],
    ["over several lines, with objects inside", '{\n  "ok":\n    true\n}\n'],
    ["below a log", 'starting {config}\n{"level":"info"\nasking…\n{"ok":true}\n'],
    ["above a log", '{"ok":true}\ndone {1}\n'],
    ["as the last of several", '{"ok":false}\n{"ok":true}\n'],
    ["below output that is no UTF-8", Buffer.concat([Buffer.from([0xff, 0xfe, 10]), Buffer.from('{"ok":true}')])],
    ["at the end of more than is searched", `${"x".repeat(MAX_JSON_BYTES)}\n{"ok":true}\n`],
    ["where the cut goes through a character", `${"x".repeat(7)}${"é".repeat(MAX_JSON_BYTES / 2 - 4)}\n{"ok":true}`],
  ])("%s", (_, output) => {
    expect(read(output)).toEqual({ object: { ok: true } });
  });

  test("objects inside others do not count, whatever lines they begin on", () => {
    const value = { ok: true, files: [{ name: "a" }, { name: "b" }], last: { x: 1 } };
    expect(read(`log\n${JSON.stringify(value, null, 2)}\nlog\n`)).toEqual({ object: value });
  });
});

describe("an output with no usable object says why", () => {
  test.each([
    ["no_output", ""],
    ["no_output", " \n\n"],
    ["not_json", "ok\n"],
    ["not_json", '{"ok":true'],
    ["not_json", "<html>\n{{{\n</html>"],
    ["not_an_object", "[1]"],
    ["not_an_object", "null"],
    ["not_an_object", '"text"'],
    ["not_utf8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])],
    ["not_utf8", Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xff]), Buffer.from('"}')])],
    ["too_large", `{"text":"${"x".repeat(MAX_JSON_BYTES)}"}`],
    ["hostile_key", '{"__proto__":{"ok":true}}'],
    ["hostile_key", '{"job":{"list":[{"\\u005f_proto__":1}]}}'],
  ])("%s: %j", (reason, output) => {
    expect(read(output)).toEqual({ reason });
  });

  test("a key that shadows a method is a key like any other", () => {
    expect(read('{"constructor":1,"toString":2}')).toEqual({ object: { constructor: 1, toString: 2 } });
  });

  test.each([
    ["opened on each line and never closed", '{"a":\n'.repeat(MAX_JSON_BYTES / 6)],
    ["nested as deep as it gets", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`],
    ["arrays as deep as they get", `{"a":${"[".repeat(500_000)}`],
  ])("hostile output, %s, costs neither the stack nor the afternoon", (_, output) => {
    const startedAt = performance.now();
    read(output);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

describe("scanJsonObject", () => {
  test("ends where JSON.parse says that an object ends, and nowhere else", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), fc.boolean(), (value, after, isPretty) => {
        const text = JSON.stringify(value, null, isPretty ? 2 : 0);
        expect(scanJsonObject(text + after, 0).end).toBe(text.length);
        for (let cut = 0; cut < text.length; cut += 1)
          expect(scanJsonObject(text.slice(0, cut), 0).end).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  test("agrees with JSON.parse on texts that are nearly JSON", () => {
    const token = fc.constantFrom("{", "}", "[", "]", ",", ":", '"a"', "1", "-", "01", "1e5", "true", "nul", " ", "\n");
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
        const text = `{${tokens.join("")}`;
        const { end } = scanJsonObject(text, 0);
        let isObject = true;
        try {
          JSON.parse(text);
        } catch {
          isObject = false;
        }
        if (isObject) expect(end).toBe(text.trimEnd().length);
        if (end !== undefined) expect(() => JSON.parse(text.slice(0, end))).not.toThrow();
      }),
      { numRuns: 2_000 },
    );
  });
});
