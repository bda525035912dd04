/** A policy at work: its files in a folder, the real Collector, Prometheus and Alertmanager on them, and an inbox for their pages. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ALERTMANAGER_PATH, DEAD_MANS_SWITCH, generateFiles, RULES_GLOB } from "@worker-watchdog/monitoring";
import type { Policy } from "@worker-watchdog/sdk/policy";
import { provideServers, type Stack, startStack } from "@worker-watchdog/stack";
import { type PageInbox, startPageInbox } from "./page-inbox.ts";

/** One series with its newest value. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The servers, and where their files are. */
export interface MonitoredStack {
  readonly folder: string;
  readonly inbox: PageInbox;
  readonly stack: Stack;
  /** Asks Prometheus once. */
  query(promql: string): Promise<readonly Sample[]>;
  close(): Promise<void>;
}

/** What a test may need otherwise. */
export interface MonitoredStackOptions {
  /** A folder that is the caller's to remove. Default: one of its own. */
  readonly folder?: string | undefined;
  /** Further arguments of Prometheus. Default: none. */
  readonly prometheusArguments?: readonly string[] | undefined;
  /** The dead man's switch is told to the inbox too. Default: to nobody. */
  readonly hasDeadMansSwitch?: boolean | undefined;
  /** Changes the text of Alertmanager's configuration, for what no user sets. */
  readonly editAlertmanager?: ((configuration: string) => string) | undefined;
}

/** Starts it; ready when the promise settles. */
export async function startMonitoredStack(
  policy: Policy,
  {
    folder: givenFolder,
    prometheusArguments,
    hasDeadMansSwitch = false,
    editAlertmanager = (configuration) => configuration,
  }: MonitoredStackOptions = {},
): Promise<MonitoredStack> {
  const folder = givenFolder ?? (await mkdtemp(join(tmpdir(), "monitored-stack-")));
  const inbox = await startPageInbox();
  const webhookUrls = hasDeadMansSwitch ? { [DEAD_MANS_SWITCH]: inbox.url } : {};
  for (const [path, content] of generateFiles(policy, { webhookUrl: inbox.url, webhookUrls })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), path === ALERTMANAGER_PATH ? editAlertmanager(content) : content);
  }
  const stack = await startStack({
    servers: await provideServers({ names: ["collector", "prometheus", "alertmanager"] }),
    ruleFiles: [join(folder, RULES_GLOB)],
    alertmanagerConfigFile: join(folder, ALERTMANAGER_PATH),
    evaluationIntervalSeconds: policy.pipeline.rule_interval_seconds,
    scrapeIntervalSeconds: policy.telemetry.scrape_interval_seconds,
    prometheusArguments,
  });
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
    folder,
    inbox,
    stack,
    query,
    async close() {
      await inbox.close();
      await stack.stop();
      // A killed process may still be about to close its journal.
      if (givenFolder === undefined) await rm(folder, { recursive: true, maxRetries: 10 });
    },
  };
}
