/** When a limit is reset, from what an agent's sentence says: a clock time, a date, a duration, or unix seconds. */
import { instantOf, isTimeZone, type WallTime, wallTimeAt } from "./zoned-time.ts";

/** What a printed time is read by. */
export interface ResetClock {
  /** Now, in unix milliseconds. */
  readonly nowMillis: number;
  /** The agent's time zone: it prints local time. */
  readonly timeZone: string;
  /** Whether a time without a date is today's, also where it has passed. Default: false, the next time that a clock shows it. */
  readonly isTimeToday?: boolean | undefined;
}

const DAY_MILLIS = 86_400_000;
/** A reset further ahead than this is a misreading: limits last a month at most. */
const MAX_AHEAD_MILLIS = 40 * DAY_MILLIS;
/** A clock time that has just passed is that one, not tomorrow's: agents cut the seconds off, and messages arrive late. */
const JUST_PASSED_MILLIS = 15 * 60_000;

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const UNIT_MILLIS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: DAY_MILLIS };

const DURATION =
  /(\d{1,9}(?:\.\d{1,6})?)\s?(milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)(?![a-z])/giy;
const DURATION_LEAD = /\b(?:try again in|retry in|retrying after|resets? in|reset after|retry after)\s+/i;
const CLOCK_LEAD = /\b(?:try again at|resets? at|resets? on|resets)\s+/i;
const DATE = /^([A-Z][a-z]{2})[a-z]*\.? (\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4}))?(?:,| at)?(?: |$|(?=[.)·]))/;
const TIME = /^(\d{1,2})(?::(\d{2}))?(?::\d{2})?\s?([ap])\.?m\b\.?|^(\d{1,2}):(\d{2})(?::\d{2})?\b/i;
const ZONE = /^\s?(?:\(([A-Za-z][A-Za-z0-9_+/-]{1,40})\)|(?:GMT|UTC)(?:([+-])(\d{1,2})(?::?(\d{2}))?)?\b)/;

/** The reset that `text` states, in unix milliseconds; undefined where it states none that can be meant. */
export function resetTimeIn(text: string, clock: ResetClock): number | undefined {
  const epoch = /\blimit reached\|(\d{10})\b/.exec(text)?.[1];
  if (epoch !== undefined) return resetAtSeconds(Number(epoch), clock);
  return durationIn(text, clock) ?? clockTimeIn(text, clock);
}

/** A reset in unix seconds; undefined where it can not be meant. */
export function resetAtSeconds(seconds: unknown, clock: ResetClock): number | undefined {
  return typeof seconds === "number" ? plausible(seconds * 1_000, clock) : undefined;
}

/** A reset in so many seconds from now; undefined where it can not be meant. */
export function resetInSeconds(seconds: unknown, clock: ResetClock): number | undefined {
  return typeof seconds === "number" && seconds >= 0 ? plausible(clock.nowMillis + seconds * 1_000, clock) : undefined;
}

/** `1.054s`, `2h15m30s`, `5 days 23 hours and 20 minutes`, `9631651ms`. */
function durationIn(text: string, clock: ResetClock): number | undefined {
  const lead = DURATION_LEAD.exec(text);
  if (lead === null) return undefined;
  let at = lead.index + lead[0].length;
  let millis = 0;
  let isAny = false;
  for (;;) {
    DURATION.lastIndex = at;
    const match = DURATION.exec(text);
    if (match === null) break;
    const [whole, amount = "0", unit = "s"] = match;
    const name = unit.toLowerCase();
    millis +=
      Number(amount) * (UNIT_MILLIS[name.startsWith("mil") ? "ms" : name === "ms" ? name : name.charAt(0)] ?? 0);
    isAny = true;
    at += whole.length;
    at += /^(?:,? and |, | )?/.exec(text.slice(at, at + 8))?.[0].length ?? 0;
  }
  return isAny ? plausible(clock.nowMillis + millis, clock) : undefined;
}

/** `11:40 AM`, `Sep 20th, 2026 11:40 AM`, `3pm`, `Aug 8 at 3pm (Asia/Taipei)`, `11:40 AM GMT+8`. */
function clockTimeIn(text: string, clock: ResetClock): number | undefined {
  const lead = CLOCK_LEAD.exec(text);
  if (lead === null) return undefined;
  let rest = text.slice(lead.index + lead[0].length);
  const date = DATE.exec(rest);
  const month = date === null ? -1 : MONTHS.indexOf((date[1] ?? "").toLowerCase());
  if (date !== null && month >= 0) rest = rest.slice(date[0].length);
  const time = TIME.exec(rest);
  if (time !== null) rest = rest.slice(time[0].length);
  const hourMinute = time === null ? { hour: 0, minute: 0 } : timeOf(time);
  if (hourMinute === undefined || (month < 0 && time === null)) return undefined;
  const zone = zoneIn(rest, clock.timeZone);
  const today = zone.wallTimeAt(clock.nowMillis);
  if (month < 0) {
    const at = zone.instantOf({ ...today, ...hourMinute });
    if (clock.isTimeToday === true || at >= clock.nowMillis - JUST_PASSED_MILLIS) return plausible(at, clock);
    return plausible(zone.instantOf({ ...today, day: today.day + 1, ...hourMinute }), clock);
  }
  const wall = { year: Number(date?.[3] ?? today.year), month: month + 1, day: Number(date?.[2]), ...hourMinute };
  const at = plausible(zone.instantOf(wall), clock);
  // A date without its year, told in December of January.
  return (
    at ?? (date?.[3] === undefined ? plausible(zone.instantOf({ ...wall, year: wall.year + 1 }), clock) : undefined)
  );
}

function timeOf(match: RegExpExecArray): { hour: number; minute: number } | undefined {
  const [, twelve, minutes, half, twentyFour, minutesOfDay] = match;
  const minute = Number(minutes ?? minutesOfDay ?? 0);
  if (minute > 59) return undefined;
  if (twelve === undefined) return Number(twentyFour) > 23 ? undefined : { hour: Number(twentyFour), minute };
  const hour = Number(twelve);
  if (hour < 1 || hour > 12) return undefined;
  return { hour: (hour % 12) + (half?.toLowerCase() === "p" ? 12 : 0), minute };
}

/** A way between instants and wall clocks. */
interface Zone {
  readonly wallTimeAt: (millis: number) => WallTime;
  readonly instantOf: (wall: WallTime) => number;
}

function zoneIn(rest: string, local: string): Zone {
  const match = ZONE.exec(rest);
  const named = match?.[1];
  if (match !== null && named === undefined) {
    const [, , sign = "+", hours = "0", minutes = "0"] = match;
    const offset = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
    return {
      wallTimeAt: (millis) => wallTimeAt(millis + offset, "UTC"),
      instantOf: (wall) => instantOf(wall, "UTC") - offset,
    };
  }
  const timeZone = named !== undefined && isTimeZone(named) ? named : local;
  return { wallTimeAt: (millis) => wallTimeAt(millis, timeZone), instantOf: (wall) => instantOf(wall, timeZone) };
}

function plausible(millis: number, { nowMillis }: ResetClock): number | undefined {
  const isMeant = millis >= nowMillis - DAY_MILLIS && millis <= nowMillis + MAX_AHEAD_MILLIS;
  return isMeant ? Math.round(millis) : undefined;
}
