/** Where to look while the fleet runs. */
import { fileURLToPath } from "node:url";
import type { Fleet } from "../fleet/start-fleet.ts";

const DASHBOARDS = fileURLToPath(new URL("../../../../grafana-dashboards/", import.meta.url));

/** The addresses, and how to get the dashboards, a line each. */
export function addressLines(fleet: Fleet): readonly string[] {
  const lines: (readonly [string, string])[] = [];
  for (const { name, stack } of fleet.stacks.values()) {
    const of = fleet.stacks.size > 1 ? ` (${name})` : "";
    lines.push(
      [`Prometheus${of}`, `${stack.prometheusUrl}/api/v1/alerts`],
      [`Alertmanager${of}`, stack.alertmanagerUrl],
      [`Server logs${of}`, `${stack.directory}/logs`],
      [`Traces${of}`, stack.tracesFile],
    );
  }
  const [first] = fleet.stacks.values();
  return [
    ...lines,
    ["Worker logs", fleet.logDirectory] as const,
    [
      "Dashboards",
      `in Grafana: Dashboards, New, Import, each file of ${DASHBOARDS}; data source ${first?.stack.prometheusUrl ?? "Prometheus"}`,
    ] as const,
  ].map(([name, value]) => `${name.padEnd(28)}${value}`);
}
