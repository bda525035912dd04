/** The one stack that all golden scenarios share: the real Collector, Prometheus with the generated rules, and Alertmanager with an inbox behind it. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { Stack } from "@worker-watchdog/stack";
import { type LogEvent, logEvents } from "../log-events.ts";
import { type MonitoredStackOptions, type Sample, startMonitoredStack } from "../monitored-stack.ts";
import type { PageInbox } from "../page-inbox.ts";
import { poll } from "../poll.ts";
import { GOLDEN_POLICY_FILE, goldenPolicy, LONG_LEASE_SECONDS } from "./golden-policy.ts";
import { Pool } from "./pool.ts";

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
  const { folder, inbox, stack, query } = monitored;
  // JSON is YAML.
  await writeFile(join(folder, GOLDEN_POLICY_FILE), JSON.stringify(policy));
  const pools: Pool[] = [];

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
