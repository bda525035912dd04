import { diag, metrics } from "@opentelemetry/api";
import { ATTRIBUTES, INSTRUMENTATION_SCOPE, METRICS, type RowMetricKey } from "@worker-watchdog/sdk/semconv";
import { Counter, Gauge, type OpenMetricsContentType, Registry } from "prom-client";
import { afterEach, describe, expect, it } from "vitest";
import { registerRowSource } from "../../sdk/src/rows/row-sources.ts";
import { RowTable } from "../../sdk/src/rows/row-table.ts";
import { runningTelemetry } from "./process-telemetry.ts";
import { PROM_CLIENT_TIMEOUT_MILLIS } from "./prom-client-collector.ts";
import { type ServeMetricsOptions, serveMetrics } from "./serve-metrics.ts";
import { startTelemetry } from "./start-telemetry.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0)) await step();
  await runningTelemetry()?.shutdown();
});

const forever = { dropAtMillis: Number.POSITIVE_INFINITY };

async function scrape(options: Partial<ServeMetricsOptions>, accept = "text/plain") {
  const server = await serveMetrics({ port: 0, registry: new Registry(), ...options });
  undo.push(() => server.close());
  const response = await fetch(server.url, { headers: { accept } });
  return { url: server.url, type: response.headers.get("content-type"), text: await response.text() };
}

function registeredTable(): RowTable {
  const table = new RowTable();
  undo.push(registerRowSource(table));
  return table;
}

describe("serveMetrics", () => {
  it("has every row and counter under the Prometheus name of the table", async () => {
    startTelemetry({ endpoint: "http://127.0.0.1:1", onNotSent: () => {} });
    const table = registeredTable();
    for (const key of Object.keys(METRICS) as (keyof typeof METRICS)[]) {
      const { instrument, name, attributes } = METRICS[key];
      const values = Object.fromEntries(attributes.map((attribute) => [attribute, "x"]));
      if (instrument === "gauge") table.set(key as RowMetricKey, values, 1.5, forever);
      if (instrument === "counter") metrics.getMeter(INSTRUMENTATION_SCOPE).createCounter(name).add(2, values);
    }
    const { text, type } = await scrape({});
    expect(type).toBe("text/plain; version=0.0.4; charset=utf-8");
    for (const { instrument, prometheusName, attributes } of Object.values(METRICS)) {
      if (instrument === "histogram") continue;
      const labels = attributes.map((key) => `${key.replaceAll(".", "_")}="x"`).join(",");
      expect(text).toContain(`# TYPE ${prometheusName} ${instrument}\n`);
      expect(text).toContain(`\n${prometheusName}{${labels}} ${instrument === "gauge" ? 1.5 : 2}\n`);
    }
  });

  it("has the worker's own metrics beside, each registry with its own default labels", async () => {
    const registry = new Registry();
    registry.setDefaultLabels({ team: "a" });
    new Gauge({ name: "queue_depth", help: "Depth.", registers: [registry] }).set(4);
    registeredTable().set("noJobStreak", { [ATTRIBUTES.workerId.key]: "w" }, 2, forever);
    const { text } = await scrape({ registry });
    expect(text).toContain('queue_depth{team="a"} 4\n');
    expect(text).toContain(`${METRICS.noJobStreak.prometheusName}{worker_id="w"} 2\n`);
  });

  it("speaks OpenMetrics where asked, and the next scrape as text still has counters with _total", async () => {
    const registry = new Registry();
    new Counter({ name: "orders_total", help: "Orders.", registers: [registry] }).inc(3);
    registeredTable().set("aliveAt", {}, 5, forever);
    const { url, type, text } = await scrape(
      { registry },
      "application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
    );
    expect(type).toContain("application/openmetrics-text");
    expect(text.match(/# EOF/g)).toHaveLength(1);
    expect(text).toMatch(/# EOF\n$/);
    expect(text).toContain("# TYPE orders counter\norders_total 3\n");
    const again = await (await fetch(url)).text();
    expect(again).toContain("# TYPE orders_total counter\norders_total 3\n");
    expect(again).not.toContain("# EOF");
  });

  it("serves our rows also where the worker's own metrics fail", async () => {
    const registry = new Registry();
    new Gauge({
      name: "broken",
      help: "Fails.",
      registers: [registry],
      collect: () => {
        throw new Error("mine");
      },
    });
    registeredTable().set("aliveAt", {}, 5, forever);
    const { text } = await scrape({ registry });
    expect(text).toContain(`${METRICS.aliveAt.prometheusName} 5\n`);
  });

  it("serves the others also where one of the worker's metrics hangs, and does not wait for it twice", async () => {
    const registry = new Registry();
    new Gauge({ name: "hangs", help: "Never.", registers: [registry], collect: () => new Promise<void>(() => {}) });
    new Gauge({ name: "queue_depth", help: "Depth.", registers: [registry] }).set(4);
    registeredTable().set("aliveAt", {}, 5, forever);
    const { url, text } = await scrape({ registry });
    const startedAt = performance.now();
    const again = await (await fetch(url)).text();
    expect(performance.now() - startedAt).toBeLessThan(PROM_CLIENT_TIMEOUT_MILLIS);
    for (const served of [text, again]) {
      expect(served).toContain("queue_depth 4\n");
      expect(served).toContain(`${METRICS.aliveAt.prometheusName} 5\n`);
      expect(served).not.toContain("hangs");
    }
  });

  it("gives the worker's metrics to two scrapes at once", async () => {
    const registry = new Registry();
    const collect = async (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
    new Gauge({ name: "queue_depth", help: "Depth.", registers: [registry], collect }).set(4);
    const { url } = await scrape({ registry });
    const texts = await Promise.all([url, url].map(async (address) => (await fetch(address)).text()));
    for (const text of texts) expect(text).toContain("queue_depth 4\n");
  });

  it("keeps a name that pages are made from: the worker's metric of that name is left out, with one warning", async () => {
    const warnings: string[] = [];
    const quiet = () => {};
    diag.setLogger({ error: quiet, warn: (text) => warnings.push(text), info: quiet, debug: quiet, verbose: quiet });
    undo.push(() => diag.disable());
    const registry = new Registry();
    new Gauge({ name: METRICS.aliveAt.prometheusName, help: "Mine.", registers: [registry] }).set(1);
    new Counter({ name: "worker_claims", help: "Mine.", registers: [registry] }).inc();
    registeredTable().set("aliveAt", {}, 5, forever);
    const { url, text } = await scrape({ registry });
    await fetch(url);
    expect(text.match(/^worker_.*$/gm)).toEqual([`${METRICS.aliveAt.prometheusName} 5`]);
    expect(warnings).toEqual([
      expect.stringContaining(`prom-client metric ${METRICS.aliveAt.prometheusName} has a name`),
      expect.stringContaining("prom-client metric worker_claims has a name"),
    ]);
  });

  it("has a counter's total from its rows where it has any, not from this process", async () => {
    startTelemetry({ endpoint: "http://127.0.0.1:1", onNotSent: () => {} });
    metrics.getMeter(INSTRUMENTATION_SCOPE).createCounter(METRICS.claims.name).add(1);
    const row = { metric: "claims", attributes: {}, value: 41, changedAtMillis: 0, startMillis: 500 } as const;
    undo.push(registerRowSource({ rows: () => [row], onUrgentChange: () => () => {} }));
    const { text } = await scrape({});
    expect(text).toContain(`# TYPE ${METRICS.claims.prometheusName} counter\n${METRICS.claims.prometheusName} 41\n`);
  });

  it("keeps the exemplars of the worker's own metrics, in OpenMetrics alone", async () => {
    const registry = new Registry<OpenMetricsContentType>();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    new Counter({ name: "orders_total", help: "Orders.", registers: [registry], enableExemplars: true }).inc({
      labels: {},
      exemplarLabels: { trace_id: traceId },
    });
    const { url, text } = await scrape({ registry }, "application/openmetrics-text");
    expect(text).toMatch(new RegExp(`^orders_total 1 # \\{trace_id="${traceId}"\\} 1 [0-9.]+$`, "m"));
    expect(await (await fetch(url, { headers: { accept: "text/plain" } })).text()).toContain("\norders_total 1\n");
  });

  it("answers 404 elsewhere", async () => {
    const { url } = await scrape({});
    expect((await fetch(new URL("/", url))).status).toBe(404);
  });

  it("tells who calls it that the port is taken, or is none", async () => {
    const { url } = await scrape({});
    const port = Number(new URL(url).port);
    await expect(serveMetrics({ port })).rejects.toMatchObject({
      code: "invalid_option",
      reason: "EADDRINUSE",
      message: `serveMetrics: port ${port} on 127.0.0.1 is taken; use another port, or 0 for a free one.`,
    });
    await expect(serveMetrics({ port: 70_000 })).rejects.toMatchObject({ code: "invalid_option" });
  });

  it("stops with the telemetry", async () => {
    const telemetry = startTelemetry({ endpoint: "http://127.0.0.1:1", onNotSent: () => {} });
    const { url } = await scrape({});
    await telemetry.shutdown();
    await expect(fetch(url)).rejects.toThrow();
  });
});
