/** What an agent finds in its environment so that its own telemetry says whose it is, and goes out before a short run ends. */

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
