/** Where to look while the fleet runs. */
import type { Fleet } from "../fleet/start-fleet.ts";

/** The addresses, and how to get the dashboards, a line each. */
export function addressLines(fleet: Fleet): readonly string[] {
  const lines: (readonly [string, string])[] = [];
  for (const { name, stack } of fleet.stacks.values()) {
    const of = fleet.stacks.size > 1 ? ` (${name})` : "";
    lines.push(
      [`Prometheus${of}`, `${stack.prometheusUrl}/api/v1/alerts`],
      [`Alertmanager${of}`, stack.alertmanagerUrl],
      [`OTLP/HTTP${of}`, `${stack.otlpEndpoint} (OTEL_EXPORTER_OTLP_ENDPOINT of your own worker)`],
      [`Server logs${of}`, `${stack.directory}/logs`],
      [`Traces${of}`, stack.tracesFile],
    );
  }
  const metricsUrl = fleet.record.workers.find((event) => event.metricsUrl !== undefined)?.metricsUrl;
  if (metricsUrl !== undefined) lines.push(["/metrics of a worker", metricsUrl]);
  const [first] = fleet.stacks.values();
  lines.push(
    ["Worker logs", fleet.logDirectory],
    [
      "Dashboards",
      `Grafana: New, Import, each grafana-dashboards/*.json; data source: Prometheus, ${first?.stack.prometheusUrl}`,
    ],
  );
  return lines.map(([name, value]) => `${name.padEnd(28)}${value}`);
}
