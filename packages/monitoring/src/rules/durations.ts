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
