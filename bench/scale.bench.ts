/**
 * What rules and dashboards cost a real Prometheus at 1,000 and at 10,000 workers: rows of the last hours are written into it, a fleet's
 * rows go on coming, and its own metrics say how long each rule group takes.
 *
 * WATCHDOG_SCALE: sizes in workers, default `1000,10000`; a worker does a job in ten minutes.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { generateFiles } from "@worker-watchdog/monitoring";
import { defaultPolicy } from "@worker-watchdog/sdk/policy";
import { provideServers, startStack } from "@worker-watchdog/stack";
import { type DashboardQuery, dashboardQueries } from "./scale/dashboard-queries.ts";
import { RemoteWriter } from "./scale/remote-write.ts";
import { groupTimes } from "./scale/rule-groups.ts";
import { type FleetSize, fleetSamples } from "./scale/synthetic-fleet.ts";

const sizes = (process.env["WATCHDOG_SCALE"] ?? "1000,10000").split(",").map(Number);
const WORKERS_PER_JOB_A_MINUTE = 10;
/** As far as a rule of the default policy looks back. */
const HISTORY_SECONDS = 4 * 3_600;
const WRITE_WINDOW_SECONDS = 600;
const LIVE_WINDOW_MILLIS = 5_000;
/** Rounds of the deep scans that are waited for. The first comes while caches are cold. */
const DEEP_ROUNDS = 5;

interface Measured {
  readonly size: FleetSize;
  readonly groups: Awaited<ReturnType<typeof groupTimes>>;
  readonly headSeries: number;
  readonly memoryBytes: number;
  readonly cpuCores: number;
  readonly slowest: readonly { readonly query: DashboardQuery; readonly seconds: number }[];
}

const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

async function measure(workers: number): Promise<Measured> {
  const size: FleetSize = { workers, jobsPerMinute: workers / WORKERS_PER_JOB_A_MINUTE };
  const folder = await mkdtemp(join(tmpdir(), "watchdog-scale-"));
  const files = generateFiles(defaultPolicy);
  for (const [path, content] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  const rules = join(folder, "rules");
  await mkdir(rules);
  const stack = await startStack({
    servers: await provideServers({ names: ["collector", "prometheus", "alertmanager"] }),
    // Empty at first: rules that run while the past is written would measure the writing.
    ruleFiles: [join(rules, "*.rules.yml")],
    prometheusArguments: ["--web.enable-remote-write-receiver"],
    // A sample of now would make the past too old to be written.
    scrapeIntervalSeconds: 7 * 24 * 3_600,
  });
  try {
    return await inStack();
  } finally {
    await stack.stop();
    await rm(folder, { recursive: true });
  }

  async function inStack(): Promise<Measured> {
    const writer = new RemoteWriter(stack.prometheusUrl);
    const write = async (from: number, to: number): Promise<void> => {
      for (const series of fleetSamples(size, from, to)) await writer.add(series);
      await writer.flush();
    };
    let written = nowSeconds() - HISTORY_SECONDS;
    const startedAt = Date.now();
    while (nowSeconds() - written > 5) {
      const to = Math.min(written + WRITE_WINDOW_SECONDS, nowSeconds());
      await write(written, to);
      written = to;
    }
    console.log(
      `${workers} workers: ${writer.samples} samples of the last ${HISTORY_SECONDS / 3_600} h written in ${Math.round((Date.now() - startedAt) / 1_000)} s`,
    );
    for (const [path, content] of files) {
      if (path.endsWith(".rules.yml")) await writeFile(join(rules, path.split("/").at(-1) ?? ""), content);
    }
    await fetch(`${stack.prometheusUrl}/-/reload`, { method: "POST" });
    let isLive = true;
    const feed = (async () => {
      while (isLive) {
        const to = nowSeconds();
        await write(written, to);
        written = to;
        await new Promise((resolve) => setTimeout(resolve, LIVE_WINDOW_MILLIS));
      }
    })();
    try {
      const cpuBefore = await value("process_cpu_seconds_total");
      const since = Date.now();
      const groups = await groupTimes(stack.prometheusUrl, DEEP_ROUNDS);
      const cpuCores = ((await value("process_cpu_seconds_total")) - cpuBefore) / ((Date.now() - since) / 1_000);
      const slowest: { query: DashboardQuery; seconds: number }[] = [];
      for (const query of dashboardQueries(files))
        slowest.push({ query, seconds: await query.run(stack.prometheusUrl) });
      slowest.sort((left, right) => right.seconds - left.seconds);
      return {
        size,
        groups,
        cpuCores,
        headSeries: await value("prometheus_tsdb_head_series"),
        memoryBytes: await value("process_resident_memory_bytes"),
        slowest: slowest.slice(0, 3),
      };
    } finally {
      isLive = false;
      await feed;
    }
  }

  /** From Prometheus' own page: no scrape has to come first. */
  async function value(metric: string): Promise<number> {
    const text = await (await fetch(`${stack.prometheusUrl}/metrics`)).text();
    return Number(text.match(new RegExp(`^${metric} (\\S+)$`, "m"))?.[1]);
  }
}

const results: Measured[] = [];
for (const workers of sizes) {
  const measured = await measure(workers);
  results.push(measured);
  console.log(`\n${workers} workers, ${measured.size.jobsPerMinute} jobs a minute`);
  console.table(
    measured.groups.map(({ name, intervalSeconds, medianSeconds, maxSeconds, rounds }) => ({
      group: name,
      "interval, s": intervalSeconds,
      rounds,
      "median, s": round(medianSeconds),
      "slowest, s": round(maxSeconds),
      "of its interval": `${round((medianSeconds / intervalSeconds) * 100)} %`,
    })),
  );
  console.log(
    `Prometheus: ${measured.headSeries} series in its head, ${Math.round(measured.memoryBytes / 1_048_576)} MiB, ${round(measured.cpuCores)} cores`,
  );
  for (const { name, seconds } of measured.groups.flatMap(({ slowestRules }) => slowestRules))
    console.log(`slowest rules: ${round(seconds)} s · ${name}`);
  for (const { query, seconds } of measured.slowest)
    console.log(`slowest panels: ${round(seconds)} s · ${query.dashboard} · ${query.panel}`);
}
const [small, large] = [results[0], results.at(-1)];
if (small !== undefined && large !== undefined && small !== large) {
  console.log(`\n${large.size.workers} workers cost so many times ${small.size.workers}:`);
  for (const group of large.groups) {
    const before = small.groups.find(({ name }) => name === group.name);
    console.log(`  ${group.name}: ${round(group.medianSeconds / (before?.medianSeconds ?? Number.NaN))}`);
  }
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
