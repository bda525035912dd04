/** `series.selectors` and `series.cluster_label`: pools, workers and jobs of one name in two clusters never mix. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createPolicy } from "@worker-watchdog/sdk/policy";
import { provideServers, type ServerName } from "@worker-watchdog/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import type { RuleTestFile } from "../src/rule-tests/rule-test-file.ts";
import { shortPolicy } from "./policies.ts";
import { type ProgramResult, runProgram, writeGenerated } from "./run-program.ts";

const policy = createPolicy({ ...shortPolicy, series: { selectors: { env: "prod" }, cluster_label: "cluster" } });

let folder: string;
let tools: Readonly<Partial<Record<ServerName, { readonly path: string }>>>;

beforeAll(async () => {
  tools = await provideServers({ names: ["promtool", "amtool"] });
  folder = await writeGenerated(policy);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const rules = (name: string): string => join(folder, "prometheus-rules", name);
const promtool = (...args: readonly string[]): Promise<ProgramResult> =>
  runProgram(tools.promtool?.path ?? "", ...args);

test.each(["dead-worker", "replicas", "takeover", "pools", "phase-failed", "absence", "dead-mans-switch"])(
  "the rule test %s holds, with selectors and a cluster on every series",
  async (name) => {
    const { code, output } = await promtool("test", "rules", rules(`tests/${name}.test.yml`));
    expect(code, output).toBe(0);
  },
);

test("promtool and amtool find nothing to say", async () => {
  const checked = await promtool("check", "rules", "--lint=all", "--lint-fatal", rules("worker-watchdog.rules.yml"));
  expect(checked.code, checked.output).toBe(0);
  const routes = await runProgram(
    tools.amtool?.path ?? "",
    "check-config",
    "--enable-feature=utf8-strict-mode",
    rules("alertmanager.yml"),
  );
  expect(routes.code, routes.output).toBe(0);
});

/** The test of a dead worker, where `labels` is where the same job of the same worker was settled. */
async function withSettledElsewhere(labels: string): Promise<ProgramResult> {
  const file = parse(await readFile(rules("tests/dead-worker.test.yml"), "utf8")) as RuleTestFile;
  const tests = file.tests.map((each) => ({
    ...each,
    input_series: [
      ...each.input_series,
      ...each.input_series
        .filter(({ series }) => series.startsWith("worker_claim_started_at_seconds"))
        .map(({ series, values }) => ({
          series: series.replace("started_at", "settled_at").replace('cluster="cluster-a",env="prod"', labels),
          values,
        })),
    ],
  }));
  await writeFile(rules("tests/elsewhere.yml"), stringify({ ...file, tests }));
  return await promtool("test", "rules", rules("tests/elsewhere.yml"));
}

test("what happens to a job of the same name in another cluster, or in series that are not selected, changes nothing", async () => {
  const other = await withSettledElsewhere('cluster="cluster-b",env="prod"');
  expect(other.code, other.output).toBe(0);
  const unselected = await withSettledElsewhere('cluster="cluster-a",env="test"');
  expect(unselected.code, unselected.output).toBe(0);
  // The same in its own cluster ends the page: the test sees the difference.
  expect((await withSettledElsewhere('cluster="cluster-a",env="prod"')).code).not.toBe(0);
});

test("the page names its cluster", async () => {
  const data = rules("page.json");
  const labels = { alertname: "X", severity: "high", owner: "reports_team", worker_pool: "p", cluster: "eu-1" };
  const alert = { status: "firing", labels, annotations: { worker: "w", pool: "p" }, startsAt: "2026-11-21T06:30:00Z" };
  await writeFile(data, JSON.stringify({ receiver: "r", status: "firing", alerts: [alert] }));
  const { code, output } = await runProgram(
    tools.amtool?.path ?? "",
    "template",
    "render",
    `--template.glob=${rules("*.tmpl")}`,
    `--template.text={{ template "worker_watchdog.text" . }}`,
    `--template.data=${data}`,
  );
  expect(code, output).toBe(0);
  expect(output).toContain("Worker: w; pool: p; cluster: eu-1; phase:");
});
