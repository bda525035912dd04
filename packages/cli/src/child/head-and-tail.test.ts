import fc from "fast-check";
import { expect, test } from "vitest";
import { HeadAndTail } from "./head-and-tail.ts";

const kept = (chunks: readonly Uint8Array[], headBytes: number, tailBytes: number) => {
  const keeper = new HeadAndTail({ headBytes, tailBytes });
  for (const chunk of chunks) keeper.push(chunk);
  const { head, tail, omittedBytes } = keeper.excerpt();
  return { head: head.toString(), tail: tail.toString(), omittedBytes };
};

test.each([
  ["nothing", [], { head: "", tail: "", omittedBytes: 0 }],
  ["less than the head", ["ab"], { head: "ab", tail: "", omittedBytes: 0 }],
  ["head and tail to the byte", ["abcdef"], { head: "abcdef", tail: "", omittedBytes: 0 }],
  ["one byte more", ["abcdefg"], { head: "abc", tail: "efg", omittedBytes: 1 }],
  ["the same in bits", ["a", "bc", "d", "ef", "g"], { head: "abc", tail: "efg", omittedBytes: 1 }],
])("%s", (_, chunks, expected) => {
  expect(
    kept(
      chunks.map((chunk) => Buffer.from(chunk)),
      3,
      3,
    ),
  ).toEqual(expected);
});

test("any output in any chunks: its first bytes, its last bytes, and how many are between", () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 400 });
  fc.assert(
    fc.property(chunks, fc.nat(50), fc.nat(50), (list, headBytes, tailBytes) => {
      const keeper = new HeadAndTail({ headBytes, tailBytes });
      for (const chunk of list) keeper.push(chunk);
      const whole = Buffer.concat(list);
      const { head, tail, omittedBytes } = keeper.excerpt();
      expect(omittedBytes).toBe(Math.max(0, whole.length - headBytes - tailBytes));
      expect(head.length + omittedBytes + tail.length).toBe(whole.length);
      expect(head).toEqual(whole.subarray(0, head.length));
      expect(tail).toEqual(whole.subarray(whole.length - tail.length));
    }),
  );
});
