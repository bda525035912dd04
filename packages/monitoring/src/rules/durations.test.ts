import { expect, test } from "vitest";
import { duration, minutes } from "./durations.ts";

test.each([
  [0, "0s"],
  [0.25, "250ms"],
  [59, "59s"],
  [60, "1m"],
  [90, "1m30s"],
  [3_600, "1h"],
  [86_400, "24h"],
  [12_601.5, "3h30m1s500ms"],
])("%d seconds is %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test("a fraction of a minute is a clean number of seconds", () => {
  expect(minutes(0.1)).toBe(6);
  expect(minutes(2.55)).toBe(153);
});
