import { metrics } from "@opentelemetry/api";
import { ATTRIBUTES, INSTRUMENTATION_SCOPE, METRICS, type RowMetricKey } from "@worker-watchdog/sdk/semconv";
import { Counter, Gauge, Registry } from "prom-client";
import { afterEach, describe, expect, it } from "vitest";
import { registerRowSource } from "../../sdk/src/row-sources.ts";
import { RowTable } from "../../sdk/src/row-table.ts";
import { type ServeMetricsOptions, serveMetrics } from "./serve-metrics.ts";
import { runningTelemetry, startTelemetry } from "./start-telemetry.ts";

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

  it("leaves a name to the worker that has it already", async () => {
    const registry = new Registry();
    new Gauge({ name: METRICS.aliveAt.prometheusName, help: "Mine.", registers: [registry] }).set(1);
    registeredTable().set("aliveAt", {}, 5, forever);
    const { text } = await scrape({ registry });
    expect(text.match(new RegExp(`^${METRICS.aliveAt.prometheusName} .*$`, "gm"))).toEqual([
      `${METRICS.aliveAt.prometheusName} 1`,
    ]);
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
