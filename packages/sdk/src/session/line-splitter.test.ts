import fc from "fast-check";
import { expect, test } from "vitest";
import { LineSplitter, MAX_LINE_LENGTH, type OutputLine } from "./line-splitter.ts";

function lines(chunks: readonly Uint8Array[]): readonly OutputLine[] {
  const found: OutputLine[] = [];
  const splitter = new LineSplitter((line) => found.push(line));
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return found;
}
const texts = (text: string): readonly string[] => lines([Buffer.from(text)]).map((line) => line.text);

test.each([
  ["lines", "a\nb\n", ["a", "b"]],
  ["no end of line", "a\nb", ["a", "b"]],
  ["empty lines", "a\n\nb", ["a", "", "b"]],
  ["lines of Windows", "a\r\nb\r\n\r\n", ["a", "b", ""]],
  ["progress that overwrites itself", "10%\r20%\rdone\n", ["10%", "20%", "done"]],
  ["colours", "\u001b[31;1mERROR\u001b[0m: x\n", ["ERROR: x"]],
  ["a title and a link", "\u001b]0;title\u0007a\u001b]8;;http://x\u001b\\b\u001b]8;;\u001b\\\n", ["ab"]],
  ["a sequence that never ends", "a\u001b]0;title", ["a"]],
  ["cursor movements", "\u001b[2K\u001b[1Ga", ["a"]],
])("%s", (_, text, expected) => {
  expect(texts(text)).toEqual(expected);
});

test("a line that is too long is cut, and its neighbours are whole", () => {
  const long = "x".repeat(MAX_LINE_LENGTH + 1);
  expect(lines([Buffer.from(`a\n${long}\nb\n`)])).toEqual([
    { text: "a", isCut: false },
    { text: "x".repeat(MAX_LINE_LENGTH), isCut: true },
    { text: "b", isCut: false },
  ]);
  expect(lines([Buffer.from(long.slice(1))])).toEqual([{ text: long.slice(1), isCut: false }]);
});

test("any bytes in any chunks give the same lines, and no error", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.uint8Array({ maxLength: 20 }),
          fc.constantFrom(Buffer.from("\r\n"), Buffer.from("é\n"), Buffer.from("\u001b[3")),
        ),
      ),
      (chunks) => {
        const whole = Buffer.concat(chunks);
        const single = Array.from(whole, (byte) => Uint8Array.of(byte));
        expect(lines(chunks)).toEqual(lines([whole]));
        expect(lines(single)).toEqual(lines([whole]));
      },
    ),
  );
});
