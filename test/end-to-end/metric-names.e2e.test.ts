/** Every path to Prometheus gives the names of the one table: by push through the real Collector and Prometheus, and by scrape. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { METRICS, type MetricDefinition, prometheusLabel } from "@worker-watchdog/sdk/semconv";
import { provideServers, type Stack, startStack } from "@worker-watchdog/stack";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { poll } from "./poll.ts";

type Series = Readonly<Record<string, string>>;

const table: readonly MetricDefinition[] = Object.values(METRICS);
// Neither a worker's rows nor its instruments: the Collector makes them from spans and log events.
const ofCollector: ReadonlySet<string> = new Set([METRICS.repairs.name]);
const scraped = table.filter(({ name, instrument }) => instrument !== "histogram" && !ofCollector.has(name));

let stack: Stack;
let worker: ChildProcess;
let metricsUrl: string;
let traceId: string;
let metricsText: string;

beforeAll(async () => {
  stack = await startStack({ servers: await provideServers() });
  worker = spawn(
    process.execPath,
    ["--conditions=@worker-watchdog/source", fileURLToPath(new URL("metric-names.program.ts", import.meta.url))],
    { env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: stack.otlpEndpoint }, stdio: ["ignore", "pipe", "inherit"] },
  );
  if (worker.stdout === null) throw new Error("The worker has no stdout.");
  const [line] = (await once(createInterface(worker.stdout), "line")) as [string];
  ({ url: metricsUrl, traceId } = JSON.parse(line));
  metricsText = await (await fetch(metricsUrl)).text();
}, 600_000);

afterAll(async () => {
  worker?.kill("SIGKILL");
  await stack?.stop();
});

/** What the real Prometheus has under a name, or of a job. */
async function seriesOf(matchers: Series): Promise<readonly Series[]> {
  const url = new URL("/api/v1/series", stack.prometheusUrl);
  const texts = Object.entries(matchers).map(([label, value]) => `${label}="${value}"`);
  url.searchParams.set("match[]", `{${texts.join(",")}}`);
  return ((await (await fetch(url)).json()) as { data: Series[] }).data;
}

function arrived(name: string, matchers: Series = {}): Promise<readonly Series[]> {
  return poll(`series ${name} at Prometheus`, async () => {
    const series = await seriesOf({ __name__: name, ...matchers });
    return series.length > 0 ? series : undefined;
  });
}

/** The value of a query that finds one series. */
async function readValue(query: string): Promise<number> {
  const url = new URL("/api/v1/query", stack.prometheusUrl);
  url.searchParams.set("query", query);
  const { data } = (await (await fetch(url)).json()) as { data: { result: { value: [number, string] }[] } };
  expect(data.result, query).toHaveLength(1);
  return Number(data.result[0]?.value[1]);
}

interface Exemplar {
  readonly labels: Series;
  readonly value: string;
}

/** The exemplars of a query, once there are any. */
function exemplarsOf(query: string): Promise<readonly Exemplar[]> {
  return poll(`exemplars of ${query}`, async () => {
    const url = new URL("/api/v1/query_exemplars", stack.prometheusUrl);
    const seconds = Date.now() / 1000;
    url.search = String(new URLSearchParams({ query, start: String(seconds - 600), end: String(seconds + 60) }));
    const { data } = (await (await fetch(url)).json()) as { data: { exemplars: Exemplar[] }[] };
    const found = data.flatMap(({ exemplars }) => exemplars);
    return found.length > 0 ? found : undefined;
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

  it(`${METRICS.repairs.name} is ${METRICS.repairs.prometheusName}, made by the Collector from log events`, async () => {
    const [series, ...others] = await arrived(METRICS.repairs.prometheusName);
    expect(others).toEqual([]);
    expect(labelNames(series ?? {})).toEqual(expectedLabels(METRICS.repairs));
    expect(await readValue(METRICS.repairs.prometheusName)).toBe(2);
  });

  it("adds no series under another name", async () => {
    await arrived(METRICS.claims.prometheusName);
    await arrived(`${METRICS.phaseDuration.prometheusName}_count`);
    const known = new Set(
      table.flatMap(({ prometheusName: name, instrument }) =>
        instrument === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
      ),
    );
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

describe("the lease margin (issue 4, R4.6)", () => {
  const { prometheusName: name } = METRICS.leaseMargin;

  it("counts the complete span in the bucket of the seconds that it had left, and links its trace", async () => {
    await arrived(`${name}_bucket`);
    expect(await readValue(`${name}_bucket{le="420.0"} or ${name}_bucket{le="420"}`)).toBe(0);
    expect(await readValue(`${name}_bucket{le="900.0"} or ${name}_bucket{le="900"}`)).toBe(1);
    expect(await readValue(`${name}_sum`)).toBe(421.5);
    expect(await exemplarsOf(`${name}_bucket`)).toMatchObject([{ labels: { trace_id: traceId }, value: "421.5" }]);
  });
});

describe("the worker's own prom-client metrics", () => {
  const PUSHED = "worker-watchdog-worker";

  /** Every series of a job, without what says where it comes from. Prometheus writes a scraped bound 1 as 1.0, a pushed one as 1. */
  async function seriesOfJob(job: string): Promise<readonly string[]> {
    return (await seriesOf({ job }))
      .filter(({ __name__: name = "" }) => !/^(?:up|scrape_.*|target_info)$/.test(name))
      .map(({ job: _, instance: __, ...labels }) => ({
        ...labels,
        ...(labels["le"] && { le: labels["le"].replace(/\.0$/, "") }),
      }))
      .map((labels) => JSON.stringify(Object.entries(labels).sort()))
      .sort();
  }

  it("and ours are the same series by push as where the real Prometheus scrapes /metrics", async () => {
    const file = join(stack.directory, "prometheus.yml");
    const config = parse(await readFile(file, "utf8"));
    config.scrape_configs.push({
      job_name: "scraped",
      scrape_interval: "1s",
      scrape_timeout: "1s",
      static_configs: [{ targets: [new URL(metricsUrl).host] }],
    });
    await writeFile(file, stringify(config));
    await fetch(new URL("/-/reload", stack.prometheusUrl), { method: "POST" });
    await arrived("size_bytes_count", { job: "scraped" });
    await arrived("size_bytes_count", { job: PUSHED });
    const scraped = await seriesOfJob("scraped");
    expect(scraped.filter((labels) => labels.includes('"orders_total"'))).toEqual([
      JSON.stringify([
        ["__name__", "orders_total"],
        ["kind", "a"],
        ["team", "reports"],
      ]),
    ]);
    // Handles come and go between the two readings; a series stays where it was once.
    const passing = /"nodejs_active_|"nodejs_gc_/;
    const lasting = (all: readonly string[]): readonly string[] => all.filter((labels) => !passing.test(labels));
    expect(lasting(await seriesOfJob(PUSHED))).toEqual(lasting(scraped));
  });

  it("keep their values, and their exemplars with the trace id", async () => {
    const pushed = `job="${PUSHED}"`;
    expect(await readValue(`orders_total{${pushed}}`)).toBe(3);
    expect(await readValue(`size_bytes{quantile="0.99",${pushed}}`)).toBe(100);
    expect(await readValue(`took_seconds_count{${pushed}}`)).toBe(1);
    for (const job of [PUSHED, "scraped"]) {
      expect((await exemplarsOf(`took_seconds_bucket{job="${job}"}`))[0]).toMatchObject({
        labels: { trace_id: traceId },
        value: "0.7",
      });
      expect((await exemplarsOf(`orders_total{job="${job}"}`))[0]).toMatchObject({
        labels: { trace_id: traceId },
        value: "3",
      });
    }
  });
});
