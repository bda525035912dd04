/** `watchdog check` against the real Prometheus and Alertmanager: each thing that can be wrong there is seen, and what is right is not complained of. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ALERTMANAGER_PATH, generateFiles, RULES_GLOB } from "@worker-watchdog/monitoring";
import { parsePolicy } from "@worker-watchdog/sdk/policy";
import { METRICS, type MetricKey } from "@worker-watchdog/sdk/semconv";
import { findFreePorts, provideServers, type Stack, startStack } from "@worker-watchdog/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fencedBlocks, shellCommands } from "../../../test/packages/fenced-code.ts";
import { runCommand } from "../src/run-command.ts";

let directory: string;
let stack: Stack;
let out: string[];
let err: string[];

const POLICY = "version: codex_session_watchdog_v1\npipeline:\n  rule_interval_seconds: 1\n";

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "watchdog-check-"));
  await writeFile(join(directory, "watchdog.yaml"), POLICY);
  for (const [path, content] of generateFiles(parsePolicy(POLICY))) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  stack = await startStack({
    servers: await provideServers({ names: ["collector", "prometheus", "alertmanager"] }),
    ruleFiles: [join(directory, RULES_GLOB)],
    alertmanagerConfigFile: join(directory, ALERTMANAGER_PATH),
    evaluationIntervalSeconds: 1,
  });
});

afterAll(async () => {
  await stack.stop();
  await rm(directory, { recursive: true, force: true });
});

async function check(...args: readonly string[]): Promise<number> {
  out = [];
  err = [];
  const context = { directory, print: (line: string) => out.push(line), complain: (line: string) => err.push(line) };
  return await runCommand(["check", ...args], context);
}

const servers = (): string[] => ["--prometheus", stack.prometheusUrl, "--alertmanager", stack.alertmanagerUrl];

/** Sends rows as the Collector would. */
async function send(...keys: readonly MetricKey[]): Promise<void> {
  const nanos = `${Date.now()}000000`;
  const attributes = [
    { key: "worker.pool", value: { stringValue: "reports" } },
    { key: "worker.id", value: { stringValue: "worker-1" } },
  ];
  const metrics = keys.map((key) => {
    const { name, unit, instrument } = METRICS[key];
    const dataPoints = [{ timeUnixNano: nanos, startTimeUnixNano: nanos, asDouble: 1, attributes }];
    return instrument === "gauge"
      ? { name, unit, gauge: { dataPoints } }
      : { name, unit, sum: { dataPoints, aggregationTemporality: 2, isMonotonic: true } };
  });
  const response = await fetch(`${stack.prometheusUrl}/api/v1/otlp/v1/metrics`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }),
  });
  expect(response.ok, await response.text()).toBe(true);
}

test("before any worker: the servers are right, and that no worker was seen is the one failure", async () => {
  expect(await check(...servers())).toBe(1);
  expect(out.filter((line) => line.startsWith("fail"))).toEqual([
    "fail  prometheus: workers: no worker was seen in 24 h: no alert about one can fire",
  ]);
  for (const line of [
    "ok    prometheus: OTLP receiver: on",
    "ok    prometheus: late samples: out_of_order_time_window is 2h",
    "warn  prometheus: retention: 15d: what is left of an error budget is counted over 30 days; alerts are right",
    "ok    prometheus: Alertmanagers: 1 known",
    "ok    alertmanager: configuration: routes, receivers and inhibition are the policy's",
  ]) {
    expect(out).toContain(line);
  }
  expect(out.join("\n")).toMatch(/ok {4}prometheus: rules: \d+ in \d+ groups, as the policy gives them/);
});

test("with a worker nothing fails; a series that every worker exports is a failure, one of an event a warning", async () => {
  await send("aliveAt", "claimPolledAt");
  expect(await check(...servers())).toBe(1);
  expect(out.filter((line) => line.startsWith("fail")).join("\n")).toMatch(
    new RegExp(`^fail  prometheus: ${METRICS.noJobStreak.prometheusName}: absent for 24 h; needed by RepeatedNoJob`),
  );
  await send("noJobStreak", "claims");
  expect(await check(...servers())).toBe(0);
  const incidents = out.find((line) => line.startsWith(`warn  prometheus: ${METRICS.claimIncidents.prometheusName}:`));
  expect(incidents).toMatch(/absent for 24 h; needed by .*and \d+ more/);
});

test("a policy that was changed and not loaded is seen in rules, routes and late samples", async () => {
  const changed = `${POLICY}  replay_minutes: 180\nowner: reports_team\nthresholds:\n  lease_expired_grace_seconds: 77\n`;
  await writeFile(join(directory, "changed.yaml"), changed);
  expect(await check("--policy", "changed.yaml", ...servers())).toBe(1);
  const text = out.join("\n");
  expect(text).toMatch(
    /fail {2}prometheus: rules worker-watchdog: different: LeaseExpiringWithClaimedJob, .* and \d+ more/,
  );
  expect(text).toContain(
    "fail  prometheus: late samples: out_of_order_time_window is 2h, and the Collector's queue bridges 180 min",
  );
  expect(text).toContain("warn  alertmanager: configuration: not the policy's: routes, receivers differ");
  expect(text).toContain(
    "fail  alertmanager: lease_expired: high of reports_team goes to pls_ops-page, not to reports_team-page",
  );
});

test("--json is one document of the same", async () => {
  expect(await check("--json", ...servers())).toBe(0);
  const report = JSON.parse(out.join("\n"));
  expect(report).toMatchObject({ ok: true, source: "watchdog.yaml", latency: { rules: 1 } });
  expect(report.findings).toContainEqual({ level: "ok", subject: "prometheus: OTLP receiver", found: "on" });
  expect(report.pages[0]).toMatchObject({
    alert: "lease_expiring_with_claimed_job",
    firstSeconds: 21,
    nextSeconds: 41,
  });
});

test("every command of docs/concepts/generate-and-check.md does what it says there, and its policy loads", async () => {
  const page = await readFile(join(import.meta.dirname, "../../../docs/concepts/generate-and-check.md"), "utf8");
  const blocks = fencedBlocks(page);
  const series = blocks.find(({ language }) => language === "yaml")?.code ?? "";
  expect(parsePolicy(`version: codex_session_watchdog_v1\n${series}`).series.cluster_label).toBe("cluster");
  const here = join(directory, "reader");
  await mkdir(here);
  await writeFile(join(here, "watchdog.yaml"), POLICY);
  const codes: (readonly [string, number])[] = [];
  for (const command of blocks.filter(({ language }) => language === "sh").flatMap(({ code }) => shellCommands(code))) {
    const [npx, watchdog, ...args] = command
      .replace("http://127.0.0.1:9090", stack.prometheusUrl)
      .replace("http://127.0.0.1:9093", stack.alertmanagerUrl)
      .split(" ");
    expect([npx, watchdog]).toEqual(["npx", "watchdog"]);
    codes.push([
      command,
      await runCommand(args, { directory: here, print: () => undefined, complain: () => undefined }),
    ]);
  }
  // A diff against a folder without files is the only one that finds something to do.
  expect(codes.filter(([, code]) => code !== 0)).toEqual([["npx watchdog generate --policy watchdog.yaml --diff", 1]]);
  expect(codes).toHaveLength(6);
});

test("a server that does not answer, or is another one, is a failure that names it", async () => {
  const [port] = await findFreePorts(1);
  const address = `http://127.0.0.1:${port}`;
  expect(await check("--prometheus", address)).toBe(1);
  expect(out.join("\n")).toContain(
    `fail  prometheus: ${address}: found no answer to /api/v1/status/buildinfo (ECONNREFUSED)`,
  );
  expect(await check("--alertmanager", stack.prometheusUrl)).toBe(1);
  expect(out.join("\n")).toContain("fail  alertmanager: configuration:");
});
