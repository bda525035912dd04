/**
 * Every query of every panel, variable and annotation is run by the real Prometheus, on what a real worker left behind that ran every scenario; none comes
 * back empty. What that worker does not do (a session that dies, a queue that waits, a worker that is gone) other workers' rows say, over OTLP.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { generateFiles, RULES_GLOB } from "@worker-watchdog/monitoring";
import { createPolicy } from "@worker-watchdog/sdk/policy";
import { provideServers, type Stack, startStack } from "@worker-watchdog/stack";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DashboardJson, dashboardsOf } from "../../packages/monitoring/src/dashboards/testing/dashboard-json.ts";
import { type RowPoint, sendRows } from "../../packages/monitoring/test/otlp-rows.ts";

const policy = createPolicy({
  // What is recorded once a minute, and every two, is waited for in the test: more often is sooner.
  pipeline: { rule_interval_seconds: 1, slow_rule_interval_seconds: 10 },
  slo: { rule_interval_seconds: 10 },
  links: { trace: "https://traces.example/{trace_id}" },
});
const files = generateFiles(policy);
const dashboards = dashboardsOf(files);

/** As Grafana fills them in: All is the variable's own value for it; one worker is the one that ran every scenario. */
const GRAFANA: Readonly<Record<string, string>> = {
  __rate_interval: "1m",
  __range: "1h",
  job: ".+",
  instance: ".+",
  pool: ".+",
  worker: ".+",
};
const REAL_WORKER = { id: "w", pool: "reports" };
/** What dashboards show is recorded twice a minute, the deep scans once, and a rate needs two samples. */
const TIMEOUT_MILLIS = 200_000;

let folder: string;
let stack: Stack;
let worker: ChildProcess | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dashboards-"));
  for (const [path, content] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  stack = await startStack({
    servers: await provideServers({ names: ["collector", "prometheus", "alertmanager"] }),
    ruleFiles: [join(folder, RULES_GLOB)],
    scrapeIntervalSeconds: 5,
  });
  worker = spawn(
    process.execPath,
    ["--conditions=@worker-watchdog/source", join(import.meta.dirname, "every-scenario.program.ts")],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        ...process.env,
        WATCHDOG_WORKER_ID: REAL_WORKER.id,
        WATCHDOG_WORKER_POOL: REAL_WORKER.pool,
        OTEL_EXPORTER_OTLP_ENDPOINT: stack.otlpEndpoint,
      },
    },
  );
  const lines = createInterface({ input: worker.stdout as NonNullable<typeof worker.stdout> });
  await new Promise<void>((resolve) => lines.once("line", () => resolve()));
  const others = otherWorkers();
  const end = Date.now() + TIMEOUT_MILLIS;
  // As workers do, which send every row again; until each query has data, or the time is over and the tests say which has none.
  do {
    await sendRows(stack.otlpEndpoint, "others", others);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    for (const query of queries.filter(({ text }) => (seen.get(text) ?? 0) === 0))
      seen.set(query.text, await samples(query.text, query.isInstant));
  } while (queries.some(({ text }) => seen.get(text) === 0) && Date.now() < end);
}, 600_000);

afterAll(async () => {
  worker?.kill("SIGKILL");
  await stack?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

/** A query of a panel, filled in. */
interface FilledQuery {
  readonly dashboard: string;
  readonly title: string;
  readonly refId: string;
  readonly text: string;
  readonly isInstant: boolean;
}

const isOfOne = ({ templating }: DashboardJson): boolean =>
  templating.list.some(({ name, multi }) => name === "worker" && multi !== true);

const queries: readonly FilledQuery[] = dashboards.flatMap((dashboard) =>
  dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ refId, expr, instant = false }) => ({
      dashboard: dashboard.title,
      title,
      refId,
      text: filled(expr, isOfOne(dashboard)),
      isInstant: instant,
    })),
  ),
);
/** Samples that each query came back with, by its text. */
const seen = new Map<string, number>();

/** A worker whose session died, one that ended its job with nothing, one that waits for a limit, and one with a wrong clock that asks while jobs wait. */
function otherWorkers(): readonly RowPoint[] {
  const now = Date.now() / 1_000;
  const of = (id: string) => ({ "worker.pool": "slides", "worker.id": id });
  const attempt = (id: string) => ({ ...of(id), "job.id": `job-of-${id}`, "trace.id": id.padEnd(32, "0") });
  const life = (id: string): readonly RowPoint[] => [
    { metric: "aliveAt", attributes: of(id), value: now },
    { metric: "startedAt", attributes: { ...of(id), "worker.role": "designer" }, value: now - 60 },
  ];
  const claim = (id: string): readonly RowPoint[] => [
    { metric: "claimStartedAt", attributes: attempt(id), value: now - 60 },
    { metric: "claimLeaseExpiresAt", attributes: attempt(id), value: now + 840 },
    { metric: "claimProgressAt", attributes: attempt(id), value: now - 5 },
    { metric: "claimAliveAt", attributes: attempt(id), value: now },
  ];
  return [
    ...life("dead"),
    ...claim("dead"),
    {
      metric: "claimIncidents",
      attributes: { ...attempt("dead"), kind: "session_dead", reason: "credit_limit" },
      value: 1,
    },
    ...life("fruitless"),
    ...claim("fruitless"),
    { metric: "claimSettledAt", attributes: attempt("fruitless"), value: now },
    {
      metric: "claimIncidents",
      attributes: { ...attempt("fruitless"), kind: "repair_exhausted", reason: "transport" },
      value: 1,
    },
    ...life("limited"),
    ...claim("limited"),
    { metric: "sessionLimitedUntil", attributes: attempt("limited"), value: now + 900 },
    ...life("idle"),
    { metric: "claimPolledAt", attributes: of("idle"), value: now },
    { metric: "noJobStreak", attributes: of("idle"), value: 2 },
    { metric: "queuePendingJobs", attributes: of("idle"), value: 3 },
    { metric: "queueOldestPendingAt", attributes: of("idle"), value: now - 120 },
    { metric: "clockOffset", attributes: of("idle"), value: 2 * policy.thresholds.clock_offset_warn_seconds },
  ];
}

function filled(expr: string, isOfOne: boolean): string {
  const values = isOfOne ? { ...GRAFANA, worker: REAL_WORKER.id, pool: REAL_WORKER.pool } : GRAFANA;
  return expr.replaceAll(/\$(\w+)/g, (variable, name: string) => values[name] ?? variable);
}

async function ask<T>(path: string, parameters: Readonly<Record<string, string>>): Promise<T> {
  const response = await fetch(new URL(`/api/v1/${path}`, stack.prometheusUrl), {
    method: "POST",
    body: new URLSearchParams(parameters),
  });
  const body = (await response.json()) as { readonly data?: T; readonly error?: string };
  if (body.data === undefined) throw new Error(`${parameters["query"]}: ${body.error}`);
  return body.data;
}

/** The samples of a query as a panel asks for them: at an instant, or over the last quarter of an hour. */
async function samples(query: string, isInstant: boolean): Promise<number> {
  const end = Date.now() / 1_000;
  const time = isInstant ? {} : { start: String(end - 900), end: String(end), step: "15" };
  const { result } = await ask<{
    readonly result: readonly { readonly value?: unknown; readonly values?: readonly unknown[] }[];
  }>(isInstant ? "query" : "query_range", { query, ...time });
  return result.reduce((sum, series) => sum + (series.values?.length ?? 1), 0);
}

it.each(queries)("$dashboard, '$title' $refId has data", ({ text }) => {
  expect(seen.get(text), text).toBeGreaterThan(0);
});

describe.each(dashboards)("$title", (dashboard) => {
  const { templating, annotations } = dashboard;

  it.each(templating.list.filter(({ type }) => type === "query"))("variable $name has values", async ({ query }) => {
    const [, selector = "", label = ""] =
      /^label_values\((.+), (\w+)\)$/.exec((query as { query: string }).query) ?? [];
    const url = new URL(`/api/v1/label/${label}/values`, stack.prometheusUrl);
    url.searchParams.set("match[]", filled(selector, isOfOne(dashboard)));
    const { data } = (await (await fetch(url)).json()) as { readonly data: readonly string[] };
    expect(data.length, String(url)).toBeGreaterThan(0);
  });

  it.each(annotations.list.filter(({ expr }) => expr !== undefined))(
    "its annotation has events",
    async ({ expr = "" }) => {
      expect(await samples(filled(expr, isOfOne(dashboard)), false)).toBeGreaterThan(0);
    },
  );
});

it("the exemplars of a panel lead to traces that the Collector has", async () => {
  const query = filled('worker_phase_duration_seconds_bucket{worker_pool=~"$pool"}', true);
  const end = Date.now() / 1_000;
  const found = await ask<
    readonly { readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>> }[] }[]
  >("query_exemplars", { query, start: String(end - 900), end: String(end) });
  const ids = found.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels["trace_id"]));
  expect(ids.length).toBeGreaterThan(0);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
});
