/** The one stack that all golden scenarios share: the real Collector, Prometheus with the generated rules, and Alertmanager with an inbox behind it. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { Stack } from "@worker-watchdog/stack";
import { type LogEvent, logEvents } from "../log-events.ts";
import { type MonitoredStackOptions, startMonitoredStack } from "../monitored-stack.ts";
import type { PageInbox } from "../page-inbox.ts";
import { poll } from "../poll.ts";
import { GOLDEN_POLICY_FILE, goldenPolicy, LONG_LEASE_SECONDS } from "./golden-policy.ts";
import { Pool } from "./pool.ts";

/** One series with its newest value. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a scenario works with. */
export interface GoldenStack {
  readonly stack: Stack;
  readonly inbox: PageInbox;
  /** A pool with a job service of its own, whose leases are so long. Default: longer than any scenario. */
  pool(name: string, leaseSeconds?: number): Promise<Pool>;
  /** Asks Prometheus once. */
  query(promql: string): Promise<readonly Sample[]>;
  /** Asks Prometheus until it answers with something. */
  found(what: string, promql: string): Promise<readonly Sample[]>;
  /** Log events of one pool at the Collector, by name. */
  events(pool: string, name: string): Promise<readonly LogEvent[]>;
  close(): Promise<void>;
}

/** Starts it; ready when the promise settles. */
export async function startGoldenStack(
  policy: Policy = goldenPolicy,
  options: Omit<MonitoredStackOptions, "folder"> = {},
): Promise<GoldenStack> {
  const monitored = await startMonitoredStack(policy, options);
  const { folder, inbox, stack } = monitored;
  // JSON is YAML.
  await writeFile(join(folder, GOLDEN_POLICY_FILE), JSON.stringify(policy));
  const pools: Pool[] = [];

  async function query(promql: string): Promise<readonly Sample[]> {
    const response = await fetch(`${stack.prometheusUrl}/api/v1/query`, {
      method: "POST",
      body: new URLSearchParams({ query: promql }),
    });
    const { data, error } = (await response.json()) as {
      readonly error?: string;
      readonly data?: {
        readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[];
      };
    };
    if (data === undefined) throw new Error(`Prometheus refused ${promql}: ${error}`);
    return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  return {
    stack,
    inbox,
    query,
    found: (what, promql) =>
      poll(what, async () => {
        const samples = await query(promql);
        return samples.length > 0 ? samples : undefined;
      }),
    async pool(name, leaseSeconds = LONG_LEASE_SECONDS) {
      const pool = await Pool.open({ name, leaseSeconds, folder, otlpEndpoint: stack.otlpEndpoint });
      pools.push(pool);
      return pool;
    },
    events: (pool, name) => logEvents(stack.eventsFile, pool, name),
    async close() {
      for (const pool of pools) await pool.close();
      await monitored.close();
    },
  };
}
