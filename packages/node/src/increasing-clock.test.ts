import { expect, it } from "vitest";
import { increasingClock } from "./increasing-clock.ts";

it("gives each millisecond once, and follows a clock that was set back by more than 10 s", () => {
  const times = [20_000, 20_000, 20_000, 20_002, 20_003, 10_004, 10_003, 10_003];
  const clock = increasingClock(() => times.shift() ?? 0);
  expect(Array.from({ length: 8 }, () => clock())).toEqual([
    20_000, 20_001, 20_002, 20_003, 20_004, 20_005, 10_003, 10_004,
  ]);
});
