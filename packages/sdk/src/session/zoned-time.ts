/** Wall-clock time of a time zone as an instant: what agents print for people has to be counted with. */

/** A date and time as a clock on the wall shows it. */
export interface WallTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

/** What a clock in `timeZone` shows at an instant in unix milliseconds. */
export function wallTimeAt(millis: number, timeZone: string): WallTime {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatter(timeZone).formatToParts(millis)) parts[type] = Number(value);
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0 } = parts;
  return { year, month, day, hour, minute };
}

/**
 * The instant, in unix milliseconds, at which a clock in `timeZone` shows `wall`. Of two such instants, when clocks are set back, one of them; where
 * there is none, the instant as far behind the gap. A day beyond the month's last one goes on into the next month.
 */
export function instantOf(wall: WallTime, timeZone: string): number {
  const wanted = asUtc(wall);
  let instant = wanted;
  // The offset at the first guess may be that of the other side of a change of clocks.
  for (let round = 0; round < 2; round += 1) instant = wanted - (asUtc(wallTimeAt(instant, timeZone)) - instant);
  return instant;
}

/** Whether `name` is a time zone that this system knows. */
export function isTimeZone(name: string): boolean {
  try {
    formatter(name);
    return true;
  } catch {
    return false;
  }
}

/** The time zone of this process. */
export function localTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function asUtc({ year, month, day, hour, minute }: WallTime): number {
  return Date.UTC(year, month - 1, day, hour, minute);
}

function formatter(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
}
