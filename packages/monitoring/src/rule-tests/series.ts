/** Input series in promtool's notation: what a worker's rows look like in Prometheus, sample by sample. */
import { METRICS, type MetricKey } from "@worker-watchdog/sdk/semconv";
import type { Ticks } from "./clock.ts";

/** One value of a row and when it was set, in seconds since the start. */
export type Change = readonly [at: number, value: number];

/** One input series of promtool. */
export interface InputSeries {
  readonly series: string;
  readonly values: string;
}

/** How a row is exported. */
export interface RowExport {
  readonly ticks: Ticks;
  /** An unchanged row goes out again after this time. */
  readonly refreshSeconds: number;
  /** The last moment at which anything goes out: the process dies or drops the row. */
  readonly untilSeconds: number;
}

/** The series of one row: a sample at each change, and once a minute for as long as the process lives. */
export function rowSeries(
  metric: MetricKey,
  labels: Readonly<Record<string, string>>,
  changes: readonly Change[],
  { ticks, refreshSeconds, untilSeconds }: RowExport,
): InputSeries {
  const samples = new Map<number, number>();
  const last = ticks.upTo(untilSeconds);
  const refresh = Math.max(ticks.step, ticks.upTo(refreshSeconds));
  changes.forEach(([at, value], index) => {
    const next = changes[index + 1]?.[0] ?? Number.POSITIVE_INFINITY;
    for (let time = ticks.upTo(at); time <= last && time < next; time += refresh) samples.set(time / ticks.step, value);
  });
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return { series: `${METRICS[metric].prometheusName}{${pairs.join(",")}}`, values: notation(samples) };
}

function notation(samples: ReadonlyMap<number, number>): string {
  const words: string[] = [];
  let next = 0;
  for (const [index, value] of [...samples].sort(([left], [right]) => left - right)) {
    if (index > next) words.push(index - next === 1 ? "_" : `_x${index - next}`);
    words.push(String(value));
    next = index + 1;
  }
  return words.join(" ");
}

/** One sample, with its time in seconds since the start. */
export interface Sample {
  readonly at: number;
  readonly value: number;
}

/** The samples that promtool's notation stands for: values, gaps (`_`), and either of them several times (`1+2x3`, `_x5`). */
export function samplesOf(values: string, stepSeconds: number): readonly Sample[] {
  const samples: Sample[] = [];
  let index = 0;
  for (const word of values.split(/\s+/).filter((each) => each !== "")) {
    const [, first = "", by = "0", more] =
      /^(_|stale|[+-]?[\d.]+(?:e[+-]?\d+)?)([+-][\d.]+)?(?:x(\d+))?$/.exec(word) ?? [];
    if (first === "")
      throw new TypeError(`${JSON.stringify(word)} is no word of promtool's notation that is known here.`);
    // `_x5` are five gaps; `7x5` is a seven, and five more.
    const count = first === "_" ? Number(more ?? 1) : Number(more ?? 0) + 1;
    for (let step = 0; step < count; step += 1) {
      if (first !== "_" && first !== "stale")
        samples.push({ at: (index + step) * stepSeconds, value: Number(first) + step * Number(by) });
    }
    index += count;
  }
  return samples;
}
