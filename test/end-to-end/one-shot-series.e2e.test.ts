/** Processes that live for one phase add up to one worker at the real Prometheus: its counters, its rows and its lease margin. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { provideServers, type Stack, startStack } from "@worker-watchdog/stack";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { poll } from "./poll.ts";

const program = fileURLToPath(new URL("one-shot-series.program.ts", import.meta.url));
const claims = METRICS.claims.prometheusName;

let stack: Stack;
let directory: string;
let host: Server;

beforeAll(async () => {
  stack = await startStack({ servers: await provideServers() });
  directory = await mkdtemp(join(tmpdir(), "one-shot-series-"));
  host = createServer((request, response) => response.end(request.url === "/files.json" ? '["a.html"]' : "<p>a</p>"));
  host.listen(0, "127.0.0.1");
  await once(host, "listening");
}, 600_000);

afterAll(async () => {
  host?.close();
  await stack?.stop();
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
});

/** Runs one process to its end; what it wrote to stderr fails the test. */
async function run(action: string): Promise<void> {
  const { port } = host.address() as AddressInfo;
  const args = ["--conditions=@worker-watchdog/source", program, action, join(directory, "journal.db")];
  const { stderr } = await promisify(execFile)(process.execPath, [...args, `http://127.0.0.1:${port}`], {
    env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: stack.otlpEndpoint },
    timeout: 300_000,
  });
  expect(stderr).toBe("");
}

async function query(expression: string): Promise<number | undefined> {
  const url = new URL("/api/v1/query", stack.prometheusUrl);
  url.searchParams.set("query", expression);
  const { data } = (await (await fetch(url)).json()) as { data: { result: { value: [number, string] }[] } };
  const value = data.result[0]?.value[1];
  return value === undefined ? undefined : Number(value);
}

async function reached(expression: string, value: number): Promise<void> {
  let last: number | undefined;
  await poll(
    `${expression} to be ${value}`,
    async () => {
      last = await query(expression);
      return last === value ? true : undefined;
    },
    { last: () => last },
  );
}

const outcome = (name: string): string => `${claims}{worker_claim_outcome="${name}"}`;

describe("one-shot processes of a worker (issue 4, item 8)", () => {
  it("count their claims in one series that never falls, also where two run at once", async () => {
    for (let claim = 0; claim < 3; claim += 1) await run("claim");
    await Promise.all([run("claim"), run("claim")]);
    await run("claim-job");
    await reached(outcome("no_job"), 5);
    await reached(outcome("job"), 1);
    expect(await query(`count(${claims})`)).toBe(3);
    expect(await query(`count(count by (instance) (${claims}))`)).toBe(1);
    expect(await query(`max(resets(${claims}[1h]))`)).toBe(0);
    expect(await query(METRICS.noJobStreak.prometheusName)).toBe(0);
  });

  it("tell the lease margin of the job that they completed, as a worker of one process does", async () => {
    await run("artifact");
    await run("complete");
    const { prometheusName } = METRICS.leaseMargin;
    await reached(`${prometheusName}_count{worker_pool="one-shot"}`, 1);
    const seconds = (await query(`${prometheusName}_sum`)) ?? 0;
    expect(seconds).toBeGreaterThan(700);
    expect(seconds).toBeLessThanOrEqual(900);
    await reached(`count(${METRICS.claimSettledAt.prometheusName}{job_id="job-7"})`, 1);
  });

  it("had no export refused by Prometheus, which the Collector would drop", async () => {
    expect(await readFile(stack.logFiles.collector, "utf8")).not.toMatch(/Permanent error|Dropping data/i);
  });
});
