import { createPolicy, defaultPolicy, type PolicyInput } from "@worker-watchdog/sdk/policy";
import { expect, test } from "vitest";
import { alertmanagerFile } from "./alertmanager-file.ts";
import { timeIntervals } from "./quiet-hours.ts";

type Hours = NonNullable<PolicyInput["quiet_hours"]>;
const WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

function spans(timezone: string, quiet_hours: Hours): readonly string[] {
  const [intervals] = timeIntervals(createPolicy({ timezone, quiet_hours })) as readonly {
    readonly time_intervals: readonly {
      readonly times: readonly { readonly start_time: string; readonly end_time: string }[];
      readonly weekdays: readonly string[];
      readonly location?: string;
    }[];
  }[];
  return (intervals?.time_intervals ?? []).map(
    ({ times, weekdays, location }) =>
      `${times[0]?.start_time}-${times[0]?.end_time} ${weekdays.join()}${location === undefined ? "" : ` ${location}`}`,
  );
}

test.each<[string, string, Hours, readonly string[]]>([
  ["within a day", "UTC", { from: "12:00", to: "13:30" }, [`12:00-13:30 ${WEEK}`]],
  ["over midnight", "UTC", { from: "22:00", to: "07:00" }, [`22:00-24:00 ${WEEK}`, `00:00-07:00 ${WEEK}`]],
  [
    "of some nights: the morning belongs to the night before",
    "UTC",
    { days: ["friday", "sunday"], from: "22:00", to: "07:00" },
    ["22:00-24:00 friday,sunday", "00:00-07:00 monday,saturday"],
  ],
  ["up to midnight", "UTC", { days: ["monday"], from: "20:00", to: "00:00" }, ["20:00-24:00 monday"]],
  ["east of UTC", "Asia/Taipei", { from: "22:00", to: "07:00" }, [`14:00-23:00 ${WEEK}`]],
  [
    "east of UTC, before the day begins there",
    "Asia/Taipei",
    { days: ["monday"], from: "06:00", to: "09:00" },
    ["22:00-24:00 sunday", "00:00-01:00 monday"],
  ],
  ["west of UTC", "America/Phoenix", { days: ["sunday"], from: "18:00", to: "19:00" }, ["01:00-02:00 monday"]],
  [
    "with summer time: left to Alertmanager",
    "Europe/Berlin",
    { days: ["monday"], from: "22:00", to: "01:00" },
    ["22:00-24:00 monday Europe/Berlin", "00:00-01:00 tuesday Europe/Berlin"],
  ],
])("quiet hours %s", (_, timezone, hours, expected) => {
  expect(spans(timezone, hours)).toEqual(expected);
});

function mutedSeverities(quiet_hours: Hours | undefined): readonly string[] {
  const policy = quiet_hours === undefined ? defaultPolicy : createPolicy({ quiet_hours });
  const text = JSON.stringify(alertmanagerFile(policy));
  const leaves = [...text.matchAll(/"matchers":\["severity=\\"(\w+)\\""\],"group_wait":"\w+","mute_time_intervals"/g)];
  expect(leaves.length).toBe(text.split("mute_time_intervals").length - 1);
  return [...new Set(leaves.map(([, severity]) => severity ?? ""))];
}

test.each<[string, Hours | undefined, readonly string[]]>([
  ["none by default", undefined, []],
  ["messages alone, unless more is said", { from: "22:00", to: "07:00" }, ["medium"]],
  ["what is said", { from: "22:00", to: "07:00", severities: ["high", "medium"] }, ["high", "medium"]],
  ["critical, if it is said", { from: "22:00", to: "07:00", severities: ["critical"] }, ["critical"]],
])("R4.7: severities that wait: %s", (_, hours, expected) => {
  expect(mutedSeverities(hours)).toEqual(expected);
});

test("without quiet hours the configuration has no time interval", () => {
  expect(JSON.stringify(alertmanagerFile(defaultPolicy))).not.toContain("time_interval");
});
