/** The text of one scrape: the application's own prom-client metrics and ours. */
import { diag } from "@opentelemetry/api";
import type { MetricReader } from "@opentelemetry/sdk-metrics";
import type * as promClient from "prom-client";
import type { PromClientCollector, PromClientMetric } from "./prom-client-collector.ts";
import { watchdogRegistry } from "./prometheus-rows.ts";

const PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";
const OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const OPEN_METRICS_END = "# EOF\n";

type PromClient = Pick<typeof promClient, "Counter" | "Gauge" | "Registry">;

/** The content type for a scraper's `Accept` header: OpenMetrics where it prefers that, else Prometheus text. */
export function negotiate(accept: string): promClient.RegistryContentType {
  const preference = (type: string): number =>
    Math.max(
      0,
      ...accept.split(",").flatMap((range) => {
        const [name = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
        if (name !== type) return [];
        const quality = Number(parameters.find((part) => part.startsWith("q="))?.slice(2) ?? 1);
        return [Number.isFinite(quality) ? quality : 0];
      }),
    );
  const openMetrics = preference("application/openmetrics-text");
  return openMetrics > 0 && openMetrics >= preference("text/plain") ? OPEN_METRICS : PROMETHEUS_TEXT;
}

/** Renders one scrape. Metrics of the application that fail or hang are left out; exemplars are there as OpenMetrics alone. */
export async function renderMetrics(
  prom: PromClient,
  own: PromClientCollector,
  reader: Pick<MetricReader, "collect"> | undefined,
  type: promClient.RegistryContentType,
): Promise<string> {
  const { metrics, errors } = await own.collect();
  if (errors.length > 0) diag.warn("worker-watchdog: some prom-client metrics could not be rendered", ...errors);
  const registries = [registryOf(prom, metrics), await watchdogRegistry(prom, reader)];
  const texts = await Promise.all(registries.map((registry) => render(registry, type)));
  return texts.join("").replaceAll(OPEN_METRICS_END, "") + (type === OPEN_METRICS ? OPEN_METRICS_END : "");
}

// prom-client renders a registry in that registry's own type, and takes `_total` off its counters' names for good: this one is thrown away.
function registryOf(prom: PromClient, metrics: readonly PromClientMetric[]): promClient.Registry {
  const registry = new prom.Registry();
  for (const metric of metrics) {
    const view = { name: metric.name, type: metric.type, get: async () => ({ ...metric, name: view.name }) };
    registry.registerMetric(view as unknown as promClient.Metric);
  }
  return registry;
}

async function render(registry: promClient.Registry, type: promClient.RegistryContentType): Promise<string> {
  if (registry.getMetricsAsArray().length === 0) return "";
  (registry as promClient.Registry<promClient.RegistryContentType>).setContentType(type);
  return registry.metrics();
}
