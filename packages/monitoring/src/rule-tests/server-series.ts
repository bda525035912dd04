/** What Prometheus holds of the servers' own metrics: a sample at each tick, as a scrape leaves it. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { ofServer, type Server } from "../rules/pipeline-expressions.ts";
import { SERVER_METRICS, type ServerMetric } from "../rules/server-metrics.ts";
import { ticks } from "./clock.ts";
import type { InputSeries } from "./series.ts";

/**
 * From when a series has which value. `gone`: its target is scraped no more, or has no such metric any more. `unseen`: nobody scraped,
 * for Prometheus was away.
 */
export type Step = readonly [at: number, value: number | "gone" | "unseen"];

/** Any series, from its first step until `until`, both in seconds. */
export function steppedSeries(policy: Policy, series: string, steps: readonly Step[], until: number): InputSeries {
  const { step } = ticks(policy);
  const words = steps.map(([at, value], index) => {
    const samples = Math.round(((steps[index + 1]?.[0] ?? until + step) - at) / step);
    if (value === "unseen") return `_x${samples}`;
    if (value === "gone") return samples === 1 ? "stale" : `stale _x${samples - 1}`;
    return `${value}x${samples - 1}`;
  });
  const before = Math.round((steps[0]?.[0] ?? 0) / step);
  return { series, values: [...(before === 0 ? [] : [`_x${before}`]), ...words].join(" ") };
}

/** One instance of a server, with its metrics. */
export interface ServerHistory {
  readonly server: Server;
  readonly instance: string;
  /** Default: up all the time. */
  readonly up?: readonly Step[] | undefined;
  readonly metrics?: readonly {
    readonly metric: ServerMetric;
    readonly labels?: Readonly<Record<string, string>> | undefined;
    readonly steps: readonly Step[];
  }[];
  readonly until: number;
}

/** The series of one instance of a server. */
export function serverSeries(policy: Policy, history: ServerHistory): readonly InputSeries[] {
  const { server, instance, up = [[0, 1]], metrics = [], until } = history;
  const named = (metric: ServerMetric, labels: Readonly<Record<string, string>> = {}): string =>
    ofServer(
      server,
      metric,
      policy,
      ...Object.entries({ instance, ...labels }).map(([name, value]) => `${name}=${JSON.stringify(value)}`),
    );
  return [
    steppedSeries(policy, named(SERVER_METRICS.up), up, until),
    ...metrics.map(({ metric, labels, steps }) => steppedSeries(policy, named(metric, labels), steps, until)),
  ];
}
