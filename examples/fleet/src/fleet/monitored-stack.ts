/** One policy at work: its rules and routes, generated, in a Collector, Prometheus and Alertmanager of their own. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  ALERTMANAGER_PATH,
  DEAD_MANS_SWITCH,
  generateFiles,
  RULES_GLOB,
  receiverOf,
} from "@worker-watchdog/monitoring";
import { loadPolicyFile, type Policy } from "@worker-watchdog/sdk/policy";
import { type Stack, type StackOptions, startStack } from "@worker-watchdog/stack";
import { pageProblems } from "../page-receiver/page-problems.ts";
import { startPageReceiver } from "../page-receiver/start-page-receiver.ts";
import type { PolicyName } from "../scenarios/scenario.ts";
import type { ReceivedPage } from "./fleet-record.ts";

/** A stack that watches by one policy. */
export interface MonitoredStack {
  readonly name: PolicyName;
  readonly policy: Policy;
  readonly policyFile: string;
  /** The policy as it is written. */
  readonly policyText: string;
  readonly stack: Stack;
  stop(): Promise<void>;
}

/** Options of {@link startMonitoredStack}. */
export interface MonitoredStackOptions {
  readonly name: PolicyName;
  readonly servers: StackOptions["servers"];
  /** Where generated files go. It exists. */
  readonly directory: string;
  readonly onPage: (received: ReceivedPage) => void;
  readonly onServerExit: (error: Error) => void;
}

/** The file of a policy. */
export function policyFileOf(name: PolicyName): string {
  return fileURLToPath(new URL(`../../policies/${name}.yaml`, import.meta.url));
}

/** Generates what the policy says, and starts the servers on it. */
export async function startMonitoredStack(options: MonitoredStackOptions): Promise<MonitoredStack> {
  const { name } = options;
  const policyFile = policyFileOf(name);
  const policy = loadPolicyFile(policyFile);
  const receiver = await startPageReceiver((page) =>
    options.onPage({ page, policy: name, problems: pageProblems(page, policy) }),
  );
  const directory = join(options.directory, name);
  const names = Object.keys(policy.owners).flatMap((owner) =>
    (["high", "medium"] as const).map((severity) => receiverOf(owner, severity, policy)),
  );
  const webhookUrls = Object.fromEntries([...names, DEAD_MANS_SWITCH].map((to) => [to, receiver.url(to)]));
  for (const [path, content] of generateFiles(policy, { webhookUrls })) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  try {
    const stack = await startStack({
      servers: options.servers,
      ruleFiles: [join(directory, RULES_GLOB)],
      alertmanagerConfigFile: join(directory, ALERTMANAGER_PATH),
      onServerExit: options.onServerExit,
    });
    return {
      name,
      policy,
      policyFile,
      policyText: await readFile(policyFile, "utf8"),
      stack,
      async stop() {
        await stack.stop();
        await receiver.stop();
      },
    };
  } catch (error) {
    await receiver.stop();
    throw error;
  }
}
