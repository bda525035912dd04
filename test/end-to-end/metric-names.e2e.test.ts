/** Every path to Prometheus gives the names of the one table: by push through the real Collector and Prometheus, and by scrape. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { METRICS, type MetricDefinition, prometheusLabel } from "@worker-watchdog/sdk/semconv";
import { provideServers, type Stack, startStack } from "@worker-watchdog/stack";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { poll } from "./poll.ts";

type Series = Readonly<Record<string, string>>;

const table: readonly MetricDefinition[] = Object.values(METRICS);
const scraped = table.filter(({ instrument }) => instrument !== "histogram");

let stack: Stack;
let worker: ChildProcess;
let metricsText: string;

beforeAll(async () => {
  stack = await startStack({ servers: await provideServers() });
  worker = spawn(
    process.execPath,
    ["--conditions=@worker-watchdog/source", fileURLToPath(new URL("metric-names.program.ts", import.meta.url))],
    { env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: stack.otlpEndpoint }, stdio: ["ignore", "pipe", "inherit"] },
  );
  if (worker.stdout === null) throw new Error("The worker has no stdout.");
  const [url] = (await once(createInterface(worker.stdout), "line")) as [string];
  metricsText = await (await fetch(url)).text();
}, 600_000);

afterAll(async () => {
  worker?.kill("SIGKILL");
  await stack?.stop();
});

/** What the real Prometheus has under a name. */
async function seriesOf(name: string): Promise<readonly Series[]> {
  const url = new URL("/api/v1/series", stack.prometheusUrl);
  url.searchParams.set("match[]", `{__name__="${name}"}`);
  return ((await (await fetch(url)).json()) as { data: Series[] }).data;
}

function arrived(name: string): Promise<readonly Series[]> {
  return poll(`series ${name} at Prometheus`, async () => {
    const series = await seriesOf(name);
    return series.length > 0 ? series : undefined;
  });
}

/** Label names, without those that Prometheus takes from the resource. */
function labelNames(series: Series): string[] {
  return Object.keys(series)
    .filter((label) => !["__name__", "job", "instance", "le"].includes(label))
    .sort();
}

function expectedLabels({ attributes }: MetricDefinition): string[] {
  return attributes.map(prometheusLabel).sort();
}

describe("by push", () => {
  it.each(scraped)("$name is $prometheusName", async (definition) => {
    for (const series of await arrived(definition.prometheusName))
      expect(labelNames(series)).toEqual(expectedLabels(definition));
  });

  it.each(table.filter(({ instrument }) => instrument === "histogram"))(
    "$name is a histogram $prometheusName, made by the Collector from spans",
    async (definition) => {
      for (const suffix of ["_bucket", "_sum", "_count"]) {
        const [series] = await arrived(`${definition.prometheusName}${suffix}`);
        expect(labelNames(series ?? {})).toEqual(expectedLabels(definition));
      }
    },
  );

  it("adds no series under another name", async () => {
    await arrived(METRICS.claims.prometheusName);
    const known = new Set([
      // The Collector's span_metrics connector always counts the calls beside the durations.
      METRICS.phaseDuration.prometheusName.replace(/duration_seconds$/, "calls_total"),
      ...table.flatMap(({ prometheusName: name, instrument }) =>
        instrument === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
      ),
    ]);
    const url = new URL("/api/v1/label/__name__/values", stack.prometheusUrl);
    const names = ((await (await fetch(url)).json()) as { data: string[] }).data;
    expect(names.filter((name) => name.startsWith("worker_") && !known.has(name))).toEqual([]);
  });
});

describe("by scrape", () => {
  it.each(scraped)("$name is $prometheusName, with the same labels and type", (definition) => {
    const { prometheusName: name, instrument } = definition;
    expect(metricsText).toContain(`# TYPE ${name} ${instrument}\n`);
    const samples = [...metricsText.matchAll(new RegExp(`^${name}\\{(.*)\\} `, "gm"))].map(([, labels = ""]) =>
      [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label).sort(),
    );
    expect(samples.length).toBeGreaterThan(0);
    for (const labels of samples) expect(labels).toEqual(expectedLabels(definition));
  });
});
