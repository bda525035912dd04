/** Durations as Prometheus and Alertmanager write them. */

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
export function secondsOf(duration: string): number {
  let seconds = 0;
  for (const [, count, unit = ""] of duration.matchAll(/(\d+)(ms|[smhdwy])/g))
    seconds += Number(count) * (SECONDS[unit] ?? 0);
  return seconds;
}
