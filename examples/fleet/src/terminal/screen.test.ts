import { expect, it } from "vitest";
import { openScreen } from "./screen.ts";

function recordingStream() {
  const written: string[] = [];
  return { columns: 80, rows: 24, written, write: (text: string) => written.push(text) };
}

it("writes only the lines that changed, each picture in one go", () => {
  const stream = recordingStream();
  const screen = openScreen(stream);
  screen.draw(["one", "two", "three"]);
  stream.written.length = 0;
  screen.draw(["one", "2", "three"]);
  expect(stream.written).toEqual(["\u001b[?2026h\u001b[2;1H2\u001b[0m\u001b[K\u001b[?2026l"]);
  stream.written.length = 0;
  screen.draw(["one", "2", "three"]);
  expect(stream.written).toEqual([]);
  screen.draw(["one"]);
  expect(stream.written.join("")).toContain("\u001b[3;1H\u001b[0m\u001b[K");
});

it("draws all of it again after a change of size", () => {
  const stream = recordingStream();
  const screen = openScreen(stream);
  screen.draw(["one"]);
  stream.written.length = 0;
  screen.invalidate();
  screen.draw(["one"]);
  expect(stream.written.join("")).toContain("\u001b[2J\u001b[1;1Hone");
});

it("gives the terminal back once, and draws nothing after that", () => {
  const stream = recordingStream();
  const screen = openScreen(stream);
  expect(stream.written.join("")).toContain("?1049h");
  expect(screen.close()).toBe(true);
  expect(stream.written.at(-1)).toBe("\u001b[?25h\u001b[?1049l");
  expect(screen.close()).toBe(false);
  const length = stream.written.length;
  screen.draw(["late"]);
  expect(stream.written).toHaveLength(length);
});
