import { createPolicy, defaultPolicy } from "@worker-watchdog/sdk/policy";
import { expect, test } from "vitest";
import { dueTimeTemplate, fixedOffsetMinutes } from "./due-time.ts";

test.each([
  ["Asia/Taipei", 480],
  ["UTC", 0],
  ["Asia/Kathmandu", 345],
  ["America/Phoenix", -420],
  ["Europe/Berlin", undefined],
  ["America/New_York", undefined],
])("%s: %s minutes east of UTC, if one offset is all it has", (zone, minutesEast) => {
  expect(fixedOffsetMinutes(zone)).toBe(minutesEast);
});

test("a zone of one offset needs no time zone files on Alertmanager's host", () => {
  expect(dueTimeTemplate(defaultPolicy)).not.toContain("tz ");
  expect(dueTimeTemplate(defaultPolicy)).toContain('.Format "2006-01-02T15:04:05+08:00"');
});

test("a zone with summer time is left to Alertmanager, which knows the day", () => {
  expect(dueTimeTemplate(createPolicy({ timezone: "Europe/Berlin" }))).toContain(
    'tz "Europe/Berlin" (.StartsAt.Add 900000000000)',
  );
});

test("each severity has its own due time", () => {
  const policy = createPolicy({
    severities: {
      critical: { due_minutes: 11 },
      high: { due_minutes: 22 },
      medium: { due_minutes: 333 },
      low: { due_minutes: 4444 },
    },
  });
  for (const minutes of [11, 22, 333, 4444]) {
    expect(dueTimeTemplate(policy)).toContain(`.StartsAt.Add ${minutes * 60_000_000_000}`);
  }
});
