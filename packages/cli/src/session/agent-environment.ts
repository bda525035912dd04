/** What an agent finds in its environment so that its own telemetry says whose it is, and goes out before a short run ends. */

import { type Job, WatchdogError } from "@worker-watchdog/sdk";
import { predecessorOf } from "@worker-watchdog/sdk/session";
import { childEnvironment } from "../exec/child-environment.ts";
import type { SessionParts } from "./session-parts.ts";

/** Delays of the batches, in milliseconds: with the defaults a run that fails within seconds exports nothing. */
const SHORT_RUN: Readonly<Record<string, string>> = {
  OTEL_BLRP_SCHEDULE_DELAY: "50",
  OTEL_BSP_SCHEDULE_DELAY: "50",
  OTEL_METRIC_EXPORT_INTERVAL: "200",
};

/**
 * The variables, by name; what the user has set stays. The worker's id and pool become resource attributes of the agent's telemetry, and never the
 * job's id: Claude Code makes a label of each on all of its metrics.
 */
export function agentEnvironment(
  environment: NodeJS.ProcessEnv,
  worker: { readonly id: string; readonly pool: string },
): Readonly<Record<string, string>> {
  const unset = Object.entries(SHORT_RUN).filter(([name]) => (environment[name] ?? "") === "");
  return {
    ...Object.fromEntries(unset),
    OTEL_RESOURCE_ATTRIBUTES: withWorker(environment["OTEL_RESOURCE_ATTRIBUTES"] ?? "", worker),
  };
}

/** All that a session's commands find beside what was there: who and what for, and what an earlier session at the job left. */
export function sessionVariables(
  { name, environment, journal }: Pick<SessionParts, "name" | "environment" | "journal">,
  phase: string,
  job: Job | undefined,
): Readonly<Record<string, string>> {
  return {
    ...agentEnvironment(environment, name),
    ...childEnvironment({ worker: name, phase, traceId: job?.traceId ?? "", job, nowMillis: Date.now() }),
    WATCHDOG_PREDECESSOR: predecessorJson(journal, job),
  };
}

function predecessorJson(journal: SessionParts["journal"], job: Job | undefined): string {
  if (job === undefined) return "";
  try {
    const predecessor = predecessorOf(journal, job.id);
    return predecessor === undefined ? "" : JSON.stringify(predecessor);
  } catch (error) {
    // The library stops the next phase for it (R7.3).
    if (WatchdogError.isInstance(error)) return "";
    throw error;
  }
}

function withWorker(attributes: string, worker: { readonly id: string; readonly pool: string }): string {
  const stated = attributes.split(",").filter((pair) => pair.trim() !== "");
  const names = new Set(stated.map((pair) => pair.split("=", 1)[0]?.trim()));
  const own: readonly (readonly [string, string])[] = [
    ["worker.id", worker.id],
    ["worker.pool", worker.pool],
  ];
  // The W3C form: what separates pairs is percent-encoded.
  const added = own.filter(([name]) => !names.has(name)).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return [...stated, ...added].join(",");
}
