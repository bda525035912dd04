/** Durations as Prometheus and Alertmanager write them. */

const UNITS: readonly (readonly [name: string, millis: number])[] = [
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
];

/** Seconds as a duration that Prometheus and Alertmanager both read, such as `1h30m`. Rounded to a millisecond. */
export function duration(seconds: number): string {
  let rest = Math.round(seconds * 1_000);
  let text = "";
  for (const [name, millis] of UNITS) {
    const count = Math.floor(rest / millis);
    if (count > 0) text += `${count}${name}`;
    rest -= count * millis;
  }
  return text === "" ? "0s" : text;
}

/** Minutes as whole or fractional seconds, without the noise of binary fractions (0.1 min is 6 s). */
export function minutes(count: number): number {
  return Math.round(count * 60_000) / 1_000;
}

/** Unit by unit, as Prometheus reads them. */
const SECONDS: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  y: 31_536_000,
};

/** `1h30m` in seconds. 0 for what is no duration. */
export function secondsOf(text: string): number {
  let seconds = 0;
  for (const [, count, unit = ""] of text.matchAll(/(\d+)(ms|[smhdwy])/g))
    seconds += Number(count) * (SECONDS[unit] ?? 0);
  return seconds;
}
