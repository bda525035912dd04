import { describe, expect, test } from "vitest";
import { resetTimeIn } from "./index.ts";
import { wallTimeAt } from "./zoned-time.ts";

const at = (text: string): number => Date.parse(text);
const read = (text: string, now: string, timeZone = "Asia/Taipei", isTimeToday = false): string | undefined => {
  const millis = resetTimeIn(text, { nowMillis: at(now), timeZone, isTimeToday });
  return millis === undefined ? undefined : new Date(millis).toISOString();
};
const NOW = "2026-09-20T02:00:00Z"; // 10:00 in Taipei

describe("R8.4: a stated reset", () => {
  test.each([
    ["Try again at 11:40 AM.", "2026-09-20T03:40:00.000Z"],
    ["… or try again at 11:40 AM.", "2026-09-20T03:40:00.000Z"],
    ["Try again at Sep 20th, 2026 11:40 AM.", "2026-09-20T03:40:00.000Z"],
    ["try again at Oct 1st, 2026 12:05 AM.", "2026-09-30T16:05:00.000Z"],
    ["try again at 12:00 PM.", "2026-09-20T04:00:00.000Z"],
    ["You've hit your session limit · resets 3pm", "2026-09-20T07:00:00.000Z"],
    ["You've hit your session limit ∙ resets 10:34pm (Asia/Taipei)", "2026-09-20T14:34:00.000Z"],
    ["limit · resets 3pm (America/New_York)", "2026-09-20T19:00:00.000Z"],
    ["limit · resets 3pm (Not/AZone)", "2026-09-20T07:00:00.000Z"],
    ["limit · resets Sep 28 at 3pm (Asia/Taipei)", "2026-09-28T07:00:00.000Z"],
    ["spend limit reached · resets Oct 8 · request an increase", "2026-10-07T16:00:00.000Z"],
    ["Claude AI usage limit reached|1790000000", "2026-09-21T14:13:20.000Z"],
    ["Access resets at 11:40 AM GMT+8.", "2026-09-20T03:40:00.000Z"],
    ["Access resets at 11:40 PM PDT.", "2026-09-20T15:40:00.000Z"],
    ["Access resets at 4:40 AM UTC.", "2026-09-20T04:40:00.000Z"],
    ["Your quota will reset after 2h15m30s.", "2026-09-20T04:15:30.000Z"],
    ["Please try again in 11.054s. Visit", "2026-09-20T02:00:11.054Z"],
    ["Please try again in 250ms.", "2026-09-20T02:00:00.250Z"],
    ["Please retry in 12s", "2026-09-20T02:00:12.000Z"],
    ["Try again in 5 days 23 hours and 20 minutes.", "2026-09-26T01:20:00.000Z"],
    ["Try again in 1 hour, 5 minutes.", "2026-09-20T03:05:00.000Z"],
    ["Retrying after 9631651ms...", "2026-09-20T04:40:31.651Z"],
  ])("%s", (text, expected) => {
    expect(read(text, NOW)).toBe(expected);
  });

  test.each([
    "try again later.",
    "Try again at a better time.",
    "resets soon",
    "Try again at 25:61.",
    "Try again at 13:40 PM.",
    "try again in a while",
    "try again in 999999999 days",
    "resets Feb 31st, 2031 11:40 AM",
    "Claude AI usage limit reached|0000000001",
    "",
  ])("none in %j", (text) => {
    expect(read(text, NOW)).toBeUndefined();
  });

  test("a time that has just passed is not tomorrow's; one that passed long ago is, where the agent prints no dates", () => {
    expect(read("Try again at 9:59 AM.", NOW)).toBe("2026-09-20T01:59:00.000Z");
    expect(read("Try again at 9:45 AM.", NOW)).toBe("2026-09-20T01:45:00.000Z");
    expect(read("Try again at 9:44 AM.", NOW)).toBe("2026-09-21T01:44:00.000Z");
    expect(read("Try again at 9:44 AM.", NOW, "Asia/Taipei", true)).toBe("2026-09-20T01:44:00.000Z");
    expect(read("resets 1am", "2026-09-20T15:00:00Z")).toBe("2026-09-20T17:00:00.000Z");
  });

  test("a date without its year is the next one", () => {
    expect(read("resets Jan 2 at 3pm", "2026-12-30T00:00:00Z")).toBe("2027-01-02T07:00:00.000Z");
  });

  test("the worker's time zone counts, and its changes of clocks", () => {
    expect(read("Try again at 11:40 AM.", NOW, "UTC")).toBe("2026-09-20T11:40:00.000Z");
    // Set back on 2026-11-01 at 02:00, ahead on 2026-03-08.
    expect(read("Try again at Nov 1st, 2026 3:30 AM.", "2026-10-31T12:00:00Z", "America/New_York")).toBe(
      "2026-11-01T08:30:00.000Z",
    );
    expect(read("Try again at 3:30 AM.", "2026-03-08T05:00:00Z", "America/New_York")).toBe("2026-03-08T07:30:00.000Z");
    expect(read("Try again at 11:40 AM.", NOW, "Asia/Kathmandu")).toBe("2026-09-20T05:55:00.000Z");
  });

  test("hostile text costs no time", () => {
    const startedAt = performance.now();
    for (const part of ["1d ", "resets ", "try again in ", "Sep 20th, ", "9"])
      read(`try again in ${part.repeat(50_000)}`, NOW);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

test("wallTimeAt tells midnight as hour 0", () => {
  expect(wallTimeAt(at("2026-09-19T16:00:00Z"), "Asia/Taipei")).toEqual({
    year: 2026,
    month: 9,
    day: 20,
    hour: 0,
    minute: 0,
  });
});
