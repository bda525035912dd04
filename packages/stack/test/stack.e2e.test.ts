import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ATTRIBUTES, METRICS, PHASE_STATUSES } from "@worker-watchdog/sdk/semconv";
import { type ProvidedServer, provideServers, type Stack, StackError, startStack } from "@worker-watchdog/stack";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { query, sendLog, sendPoint, sendSpan } from "./otlp.ts";

const BUILD_TIMEOUT_MILLIS = 900_000;
const SOON = { timeout: 60_000, interval: 200 };
const phaseAttributes = {
  [ATTRIBUTES.workerPool.key]: "pool-a",
  [ATTRIBUTES.phase.key]: "claim",
  [ATTRIBUTES.phaseStatus.key]: PHASE_STATUSES[0],
};

let servers: Record<"collector" | "prometheus" | "alertmanager", ProvidedServer>;

beforeAll(async () => {
  servers = await provideServers({ names: ["collector", "prometheus", "alertmanager"] });
}, BUILD_TIMEOUT_MILLIS);

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

describe("a running stack", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ servers, scrapeIntervalSeconds: 1 });
  });
  afterAll(() => stack.stop());

  it("takes a metric over OTLP and answers queries for it", async () => {
    await sendPoint(stack.otlpEndpoint, {
      name: METRICS.aliveAt.name,
      unit: METRICS.aliveAt.unit,
      value: 42,
      attributes: { [ATTRIBUTES.workerPool.key]: "pool-a", [ATTRIBUTES.workerId.key]: "worker-1" },
    });
    await expect
      .poll(() => query(stack.prometheusUrl, METRICS.aliveAt.prometheusName), SOON)
      .toMatchObject([{ metric: { worker_pool: "pool-a", worker_id: "worker-1" }, value: [expect.any(Number), "42"] }]);
  });

  it("makes phase durations per pool, phase and status from spans that carry a phase, and from no others", async () => {
    await sendSpan(stack.otlpEndpoint, { name: "worker.claim", attributes: phaseAttributes });
    await sendSpan(stack.otlpEndpoint, { name: "GET", attributes: { [ATTRIBUTES.workerPool.key]: "pool-of-others" } });
    const { prometheusName } = METRICS.phaseDuration;
    await expect
      .poll(() => query(stack.prometheusUrl, `${prometheusName}_bucket{worker_pool="pool-a"} == 1`), SOON)
      .toContainEqual({
        metric: {
          __name__: `${prometheusName}_bucket`,
          job: "otelcol-watchdog",
          instance: "otelcol-watchdog",
          worker_pool: "pool-a",
          worker_phase: "claim",
          worker_phase_status: "ok",
          le: "2.5",
        },
        value: expect.anything(),
      });
    expect(await query(stack.prometheusUrl, `count by (worker_pool) (${prometheusName}_count)`)).toHaveLength(1);
    expect(await readFile(stack.tracesFile, "utf8")).toContain("pool-of-others");
  });

  it("links a phase duration to its trace by an exemplar", async () => {
    const url = `${stack.prometheusUrl}/api/v1/query_exemplars?query=${METRICS.phaseDuration.prometheusName}_bucket&start=${Date.now() / 1_000 - 600}&end=${Date.now() / 1_000 + 60}`;
    await expect.poll(async () => (await fetch(url)).text(), SOON).toMatch(/"trace_id":"[0-9a-f]{32}"/);
  });

  it("lets no credential through, wherever it stands, and leaves ids and counts alone", async () => {
    // Put together here, so that no scanner takes this file for a leak.
    const openAi = ["sk", "abcdefghijklmnop0123456789"].join("-");
    const gitHub = ["ghp", "abcdefghijklmnopqrstuvwxyz0123456789"].join("_");
    const plain = "correct-horse-battery-staple";
    const kept = {
      "gen_ai.usage.input_tokens": 1234,
      job_id: "task-0123456789abcdef0123",
      trace_id: "0af7651916cd43dd8448eb211c80319c",
    };
    await sendSpan(stack.otlpEndpoint, {
      name: `call with ${openAi}`,
      attributes: {
        ...kept,
        api_key: plain,
        "http.request.header.authorization": plain,
        list: ["a", gitHub],
        url: `https://me:${plain}@host/x`,
      },
      statusMessage: `refused: Bearer ${gitHub}`,
      eventAttributes: { "exception.message": `failed for ${openAi}` },
    });
    await sendLog(stack.otlpEndpoint, `password=${plain} in the text`, { ...kept, note: openAi });
    await sendPoint(stack.otlpEndpoint, {
      name: "redaction.probe",
      value: 1,
      attributes: { ...kept, note: gitHub, secret: plain },
    });

    await expect.poll(() => readFile(stack.tracesFile, "utf8"), SOON).toContain("call with ****");
    await expect.poll(() => readFile(stack.eventsFile, "utf8"), SOON).toContain("in the text");
    await expect.poll(() => query(stack.prometheusUrl, "redaction_probe"), SOON).toHaveLength(1);
    const everything = [
      await readFile(stack.tracesFile, "utf8"),
      await readFile(stack.eventsFile, "utf8"),
      JSON.stringify(await query(stack.prometheusUrl, '{__name__=~".+"}')),
      await readFile(stack.logFiles.collector, "utf8"),
    ];
    for (const text of everything) {
      for (const credential of [openAi, gitHub, plain]) expect(text).not.toContain(credential);
    }
    for (const text of everything.slice(0, 3)) expect(text).toContain(kept.job_id);
    expect(everything[0]).toContain('"key":"gen_ai.usage.input_tokens","value":{"doubleValue":1234}');
  });

  it("brings a point from the future back to now", async () => {
    await sendPoint(stack.otlpEndpoint, {
      name: "clock.probe",
      value: 7,
      attributes: {},
      unixMillis: Date.now() + 3_600_000,
    });
    await expect
      .poll(() => query(stack.prometheusUrl, "clock_probe"), SOON)
      .toMatchObject([{ value: [expect.any(Number), "7"] }]);
    const [sample] = await query(stack.prometheusUrl, "timestamp(clock_probe)");
    expect(Math.abs(Number(sample?.value[1]) - Date.now() / 1_000)).toBeLessThan(60);
  });

  it("scrapes the servers' own metrics", async () => {
    await expect.poll(() => query(stack.prometheusUrl, "sum by (job) (up) == 1"), SOON).toHaveLength(3);
    expect(await query(stack.prometheusUrl, '{__name__="otelcol_exporter_queue_size"}')).not.toHaveLength(0);
  });

  it("with rules is ready only when their alerts reach Alertmanager", async () => {
    const folder = await mkdtemp(join(tmpdir(), "stack-rules-"));
    const ruleFile = join(folder, "always.yml");
    await writeFile(ruleFile, "groups: [{name: always, interval: 1s, rules: [{alert: Always, expr: vector(1)}]}]\n");
    const withRules = await startStack({ servers, ruleFiles: [ruleFile] });
    try {
      const response = await fetch(`${withRules.prometheusUrl}/api/v1/alertmanagers`);
      expect(await response.json()).toMatchObject({
        data: { activeAlertmanagers: [{ url: `${withRules.alertmanagerUrl}/api/v2/alerts` }] },
      });
    } finally {
      await withRules.stop();
      await rm(folder, { recursive: true });
    }
  });

  it("runs beside another one", async () => {
    const second = await startStack({ servers });
    await sendPoint(second.otlpEndpoint, { name: "second.probe", value: 1, attributes: {} });
    await expect.poll(() => query(second.prometheusUrl, "second_probe"), SOON).toHaveLength(1);
    expect(await query(stack.prometheusUrl, "second_probe")).toEqual([]);
    const pids = [second.collector.pid, second.prometheus.pid, second.alertmanager.pid];
    await Promise.all([second.stop(), second.stop()]);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(await exists(second.directory)).toBe(false);
  });
});

describe("a fault", () => {
  it("in the Collector and Prometheus at once loses nothing that was accepted", async () => {
    const stack = await startStack({ servers });
    await stack.prometheus.stop();
    for (let value = 1; value <= 20; value++) {
      await sendPoint(stack.otlpEndpoint, { name: "outage.probe", value, attributes: { index: String(value) } });
    }
    await stack.collector.stop("SIGKILL");
    expect(stack.collector.running).toBe(false);
    await stack.collector.start();
    await sendPoint(stack.otlpEndpoint, { name: "outage.probe", value: 21, attributes: { index: "21" } });
    await stack.prometheus.start();
    await expect.poll(() => query(stack.prometheusUrl, "outage_probe"), SOON).toHaveLength(21);
    await stack.stop();
  });

  it("that ends a server by itself is told, with its name", async () => {
    const told: StackError[] = [];
    const stack = await startStack({ servers, onServerExit: (error) => told.push(error) });
    process.kill(stack.alertmanager.pid, "SIGKILL");
    await expect.poll(() => told, SOON).toHaveLength(1);
    expect(told[0]).toMatchObject({
      code: "server_crashed",
      message: expect.stringMatching(/^alertmanager ended with signal SIGKILL/),
    });
    expect(stack.alertmanager.running).toBe(false);
    await stack.alertmanager.start();
    expect(stack.alertmanager.running).toBe(true);
    await stack.stop();
    expect(told).toHaveLength(1);
  });

  it("that kills the parent leaves no process, no port and no folder", async () => {
    const program = fileURLToPath(new URL("./start-and-wait.ts", import.meta.url));
    const parent = spawn(process.execPath, ["--conditions=@worker-watchdog/source", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(parent, "exit").then(([code]) => Promise.reject(new Error(`The parent ended with ${code}.`)));
    const [line] = await Promise.race([once(createInterface({ input: parent.stdout }), "line"), ended]);
    ended.catch(() => {});
    const { directory, pids, urls } = JSON.parse(line) as { directory: string; pids: number[]; urls: string[] };
    expect(pids.map(isAlive)).toEqual([true, true, true]);
    parent.kill("SIGKILL");
    await expect.poll(() => exists(directory), SOON).toBe(false);
    expect(pids.map(isAlive)).toEqual([false, false, false]);
    for (const url of urls) await expect(fetch(url)).rejects.toThrow();
  });
});

describe("a start that can not work", () => {
  it("for a named port that is taken says who has it", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address() as AddressInfo;
    const attempt = startStack({ servers, ports: { prometheus: port } });
    await expect(attempt).rejects.toMatchObject({ code: "port_taken" });
    const owner = process.platform === "linux" ? `process ${process.pid}` : "another process";
    await expect(attempt).rejects.toThrow(`Port ${port}, named for prometheus, is taken by ${owner}`);
    await new Promise((resolve) => holder.close(resolve));
  });

  it("for a server that crashes says which, with its last lines, and leaves nothing behind", async () => {
    const parentDirectory = await mkdtemp(join(tmpdir(), "stack-test-"));
    const alertmanagerConfigFile = join(parentDirectory, "alertmanager.yml");
    await writeFile(alertmanagerConfigFile, "route: {receiver: nobody-knows}\nreceivers: []\n");
    const attempt = startStack({ servers, alertmanagerConfigFile, parentDirectory });
    await expect(attempt).rejects.toSatisfy(StackError.isInstance);
    await expect(attempt).rejects.toMatchObject({
      code: "server_crashed",
      message: expect.stringMatching(/^alertmanager ended with exit code 1\..*nobody-knows/s),
    });
    await rm(alertmanagerConfigFile);
    await rm(parentDirectory, { recursive: false, force: false }).catch(() => {});
    expect(await exists(join(parentDirectory))).toBe(true);
    await rm(parentDirectory, { recursive: true });
  });
});
