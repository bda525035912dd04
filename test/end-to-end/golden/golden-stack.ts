/** The one stack that all golden scenarios share: the real Collector, Prometheus with the generated rules, and Alertmanager with an inbox behind it. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ALERTMANAGER_PATH, generateFiles, RULES_GLOB } from "@worker-watchdog/monitoring";
import type { Policy } from "@worker-watchdog/sdk/policy";
import { provideServers, type Stack, startStack } from "@worker-watchdog/stack";
import { type LogEvent, logEvents } from "../log-events.ts";
import { type PageInbox, startPageInbox } from "../page-inbox.ts";
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
export async function startGoldenStack(policy: Policy = goldenPolicy): Promise<GoldenStack> {
  const folder = await mkdtemp(join(tmpdir(), "golden-"));
  const inbox = await startPageInbox();
  for (const [path, content] of generateFiles(policy, { webhookUrl: inbox.url })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  // JSON is YAML.
  await writeFile(join(folder, GOLDEN_POLICY_FILE), JSON.stringify(policy));
  const stack = await startStack({
    servers: await provideServers({ names: ["collector", "prometheus", "alertmanager"] }),
    ruleFiles: [join(folder, RULES_GLOB)],
    alertmanagerConfigFile: join(folder, ALERTMANAGER_PATH),
    evaluationIntervalSeconds: policy.pipeline.rule_interval_seconds,
  });
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
      await inbox.close();
      await stack.stop();
      // A killed process may still be about to close its journal.
      await rm(folder, { recursive: true, maxRetries: 10 });
    },
  };
}
