/** Quiet hours as Alertmanager's time intervals: only where the policy sets them, and only for the severities that it names. */
import { type Policy, type QuietHours, type Severity, WEEKDAYS } from "@worker-watchdog/sdk/policy";
import { fixedOffsetMinutes } from "./due-time.ts";

/** Name of the time interval. */
export const QUIET_HOURS = "quiet-hours";

const DEFAULT_SEVERITIES: readonly Severity[] = ["medium"];
const DAY_MINUTES = 24 * 60;
const WEEK_MINUTES = 7 * DAY_MINUTES;

/** Whether alerts of `severity` wait for the end of the quiet hours. */
export function isQuieted(severity: Severity, { quiet_hours }: Policy): boolean {
  return quiet_hours !== undefined && (quiet_hours.severities ?? DEFAULT_SEVERITIES).includes(severity);
}

/** Alertmanager's `time_intervals`; none without quiet hours. */
export function timeIntervals({ quiet_hours, timezone }: Policy): readonly object[] {
  if (quiet_hours === undefined) return [];
  const offset = fixedOffsetMinutes(timezone);
  // As with due times: a zone of one offset is written in UTC, for a host without time zone files could not load the configuration.
  const location = offset === undefined ? { location: timezone } : {};
  const spans = weekSpans(quiet_hours, offset ?? 0);
  const intervals = [...spans].map(([span, days]) => {
    const [start_time = "", end_time = ""] = span.split(" ");
    return { times: [{ start_time, end_time }], weekdays: days.map((day) => WEEKDAYS[day]), ...location };
  });
  return [{ name: QUIET_HOURS, time_intervals: intervals }];
}

/** Each time of day of the quiet hours, `offset` minutes further east than they are written, with the weekdays on which it holds. */
function weekSpans({ days, from, to }: QuietHours, offset: number): ReadonlyMap<string, readonly number[]> {
  const start = minuteOfDay(from);
  const length = (minuteOfDay(to) - start + DAY_MINUTES) % DAY_MINUTES;
  const spans = new Map<string, number[]>();
  for (const day of days ?? WEEKDAYS) {
    let begin = (WEEKDAYS.indexOf(day) * DAY_MINUTES + start - offset + WEEK_MINUTES) % WEEK_MINUTES;
    // A span of Alertmanager ends with its day.
    for (let left = length; left > 0; ) {
      const today = Math.min(left, DAY_MINUTES - (begin % DAY_MINUTES));
      const span = `${clockTime(begin % DAY_MINUTES)} ${clockTime((begin % DAY_MINUTES) + today)}`;
      const weekday = Math.floor(begin / DAY_MINUTES);
      spans.set(span, [...(spans.get(span) ?? []), weekday].sort());
      begin = (begin + today) % WEEK_MINUTES;
      left -= today;
    }
  }
  return spans;
}

function minuteOfDay(time: string): number {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return hour * 60 + minute;
}

function clockTime(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}
