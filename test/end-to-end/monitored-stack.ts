/** A policy at work: its files in a folder, the real Collector, Prometheus and Alertmanager on them, and an inbox for their pages. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ALERTMANAGER_PATH, generateFiles, RULES_GLOB } from "@worker-watchdog/monitoring";
import type { Policy } from "@worker-watchdog/sdk/policy";
import { provideServers, type Stack, startStack } from "@worker-watchdog/stack";
import { type PageInbox, startPageInbox } from "./page-inbox.ts";

/** The servers, and where their files are. */
export interface MonitoredStack {
  readonly folder: string;
  readonly inbox: PageInbox;
  readonly stack: Stack;
  close(): Promise<void>;
}

/** Starts it; ready when the promise settles. A folder that is given is the caller's to remove; without one it has its own. */
export async function startMonitoredStack(policy: Policy, givenFolder?: string | undefined): Promise<MonitoredStack> {
  const folder = givenFolder ?? (await mkdtemp(join(tmpdir(), "monitored-stack-")));
  const inbox = await startPageInbox();
  for (const [path, content] of generateFiles(policy, { webhookUrl: inbox.url })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  const stack = await startStack({
    servers: await provideServers({ names: ["collector", "prometheus", "alertmanager"] }),
    ruleFiles: [join(folder, RULES_GLOB)],
    alertmanagerConfigFile: join(folder, ALERTMANAGER_PATH),
    evaluationIntervalSeconds: policy.pipeline.rule_interval_seconds,
  });
  return {
    folder,
    inbox,
    stack,
    async close() {
      await inbox.close();
      await stack.stop();
      // A killed process may still be about to close its journal.
      if (givenFolder === undefined) await rm(folder, { recursive: true, maxRetries: 10 });
    },
  };
}
