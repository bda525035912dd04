/**
 * Every series of the Collector, Prometheus and Alertmanager that a rule of alert 18 reads is made by the real ones, with the labels that the
 * rule groups and matches by. A counter that is there only after its first event is made to have one.
 */
import { rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createPolicy } from "@worker-watchdog/sdk/policy";
import { provideServers, type Stack, startStack } from "@worker-watchdog/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { type QueryResult, query, sendLog, sendPoint, sendSpan } from "../../stack/test/otlp.ts";
import { ALERTMANAGER_PATH, ALERTS, RULES_GLOB } from "../src/index.ts";
import { ruleFile } from "../src/rules/rules-file.ts";
import { EXPORTED, OVERFLOW_LABEL, REFUSED, SERVER_METRICS } from "../src/rules/server-metrics.ts";
import { eventually } from "./page-receiver.ts";
import { readSeries } from "./read-series.ts";
import { writeGenerated } from "./run-program.ts";

const policy = createPolicy();
const OF_18 = new Set(ALERTS.filter(({ number }) => number === 18).map(({ name }) => name));
const OF_SERVERS: ReadonlySet<string> = new Set(Object.values(SERVER_METRICS));
const collectorFile = (name: string): string => fileURLToPath(new URL(`../../../collector/${name}`, import.meta.url));

/** A second store behind the Collector, in trouble: it refuses for good, or cannot take anything now. */
const STORE = { refuses: 400, isFull: 503 } as const;

let folder: string;
let stack: Stack;
let store: Server;
let answer: number = STORE.refuses;

beforeAll(async () => {
  const servers = await provideServers({ names: ["collector", "prometheus", "alertmanager"] });
  folder = await writeGenerated(policy);
  store = createServer((request, response) => {
    request.resume();
    response.writeHead(answer).end();
  });
  await new Promise<void>((ready) => store.listen(0, "127.0.0.1", ready));
  const small = join(folder, "small.yaml");
  await writeFile(
    small,
    stringify({
      // One request waits and one is under way: the next one finds no place.
      exporters: { "otlp_http/forward": { sending_queue: { queue_size: 1, num_consumers: 1 } } },
      connectors: { span_metrics: { aggregation_cardinality_limit: 2 } },
    }),
  );
  stack = await startStack({
    servers,
    ruleFiles: [join(folder, RULES_GLOB)],
    alertmanagerConfigFile: join(folder, ALERTMANAGER_PATH),
    collectorConfigFiles: [collectorFile("worker-watchdog.yaml"), collectorFile("forward-otlp.yaml"), small],
    forwardOtlpEndpoint: `http://127.0.0.1:${(store.address() as AddressInfo).port}`,
    scrapeIntervalSeconds: 1,
  });
  await trouble();
});

afterAll(async () => {
  await stack?.stop();
  store?.closeAllConnections();
  store?.close();
  await rm(folder, { recursive: true, force: true });
});

const TOO_OLD_MILLIS = 5 * 3_600_000;

/** One point, span and log record. A Collector that is full answers with an error, which is what is wanted. */
async function send(turn: number, unixMillis?: number): Promise<void> {
  const attributes = { "worker.pool": `pool-${turn}`, "worker.phase": "touch", "worker.phase.status": "ok" };
  await Promise.allSettled([
    sendPoint(stack.otlpEndpoint, { name: "server_metrics.test", value: turn, attributes: {}, unixMillis }),
    sendSpan(stack.otlpEndpoint, { name: "worker.touch", attributes }),
    sendLog(stack.otlpEndpoint, `turn ${turn}`, {}),
  ]);
}

const ask = (expression: string): Promise<readonly QueryResult[]> => query(stack.prometheusUrl, expression);

async function until(metrics: readonly string[], cause: (turn: number) => Promise<void>): Promise<void> {
  let turn = 0;
  await eventually(metrics.join(", "), async () => {
    await cause(turn++);
    const found = await Promise.all(metrics.map((metric) => ask(metric)));
    return found.every(({ length }) => length > 0) ? true : undefined;
  });
}

/** Everything goes wrong once. */
async function trouble(): Promise<void> {
  await until([...EXPORTED.sent, ...EXPORTED.sendFailed, `{${OVERFLOW_LABEL}="true"}`], (turn) => send(turn));
  // Prometheus refuses what is older than its out_of_order_time_window.
  await until([`${SERVER_METRICS.httpRequests}{code="400",handler="/api/v1/otlp/v1/metrics"}`], (turn) =>
    send(turn, Date.now() - TOO_OLD_MILLIS),
  );
  answer = STORE.isFull;
  await until([...EXPORTED.enqueueFailed, ...REFUSED], (turn) => send(turn));
}

const READS = ruleFile(policy)
  .groups.flatMap(({ rules }) => rules)
  .flatMap((rule) => ("alert" in rule && OF_18.has(rule.alert) ? [rule] : []))
  .flatMap(({ alert, expr }) => readSeries(expr).map((read) => ({ alert, ...read })))
  .filter(({ metric }) => metric === "" || OF_SERVERS.has(metric));

const DISTINCT = [
  ...new Map(
    READS.map((read) => [`${read.selector} by ${[...read.labels].sort()}`, { ...read, by: [...read.labels].sort() }]),
  ).values(),
];

test("the rules of alert 18 read every name of the table", () => {
  expect(new Set(READS.map(({ metric }) => metric).filter((metric) => metric !== ""))).toEqual(OF_SERVERS);
});

test.each(DISTINCT)("$alert reads $selector by $by: it is there, with these labels", async ({ selector, by }) => {
  const series = await eventually(selector, async () => {
    const found = await ask(selector);
    return found.length > 0 ? found : undefined;
  });
  for (const { metric } of series) expect(Object.keys(metric)).toEqual(expect.arrayContaining(by));
});

test("every group of the rules that page says how its evaluations go", async () => {
  const groups = ruleFile(policy).groups.map(({ name }) => name);
  for (const metric of [SERVER_METRICS.evaluationFailures, SERVER_METRICS.iterationsMissed]) {
    const found = (await ask(metric)).map((series) => series.metric["rule_group"]?.split(";").at(-1));
    expect(found).toEqual(expect.arrayContaining([...groups]));
  }
});

test("what was sent past a Collector's exporter to Prometheus is told from what another one sends", async () => {
  const exporters = (await ask(SERVER_METRICS.sendFailedPoints)).map(({ metric }) => metric["exporter"]);
  expect(new Set(exporters)).toEqual(new Set([policy.telemetry.exporter, "otlp_http/forward"]));
});
