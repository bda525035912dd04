/** Whole processes: killed ones, preloaded ones, children, applications with an SDK of their own, outages. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ATTRIBUTES, METRICS, phaseSpanName } from "@worker-watchdog/sdk/semconv";
import { build } from "tsdown";
import { describe, expect, it, vi } from "vitest";
import { stableInstanceId } from "../src/telemetry-resource.ts";
import { type OtlpReceiver, startOtlpReceiver } from "./otlp-receiver.ts";
import { packageDirectory, runProgram } from "./run-program.ts";

const worker = { id: "worker-1", pool: "reports" };

function to(receiver: OtlpReceiver): Record<string, string> {
  return { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint };
}

function rowNames(receiver: OtlpReceiver): Set<string> {
  return new Set(
    receiver
      .received()
      .points.filter(({ kind }) => kind === "gauge")
      .map(({ name }) => name),
  );
}

describe("a worker that is killed in a phase", () => {
  it("has sent its claim's rows and the root of its trace before, without an interval to wait for", async () => {
    await using receiver = await startOtlpReceiver("ok");
    const end = await runProgram("claim", {
      env: { ...to(receiver), OTEL_METRIC_EXPORT_INTERVAL: "600000", OTEL_BSP_SCHEDULE_DELAY: "600000" },
      onReady: async () => {
        await vi.waitFor(() => {
          expect(rowNames(receiver)).toContain(METRICS.claimLeaseExpiresAt.name);
          expect(receiver.received().spans.map(({ name }) => name)).toContain(phaseSpanName("claim"));
        }, 60_000);
        return "SIGKILL";
      },
    });
    expect(end.signal).toBe("SIGKILL");
    const { spans, points } = receiver.received();
    const claim = points.find(({ name }) => name === METRICS.claimStartedAt.name);
    expect(claim).toMatchObject({
      unit: "s",
      attributes: {
        [ATTRIBUTES.workerPool.key]: "reports",
        [ATTRIBUTES.workerId.key]: "worker-1",
        [ATTRIBUTES.jobId.key]: "job-7",
      },
      resource: { "service.instance.id": stableInstanceId(worker), "service.name": "worker-watchdog-worker" },
    });
    const traceId = claim?.attributes[ATTRIBUTES.traceId.key];
    const inTrace = spans.filter((span) => span.traceId === traceId);
    expect(inTrace.filter(({ parentSpanId }) => parentSpanId === "")).toHaveLength(1);
    expect(Math.abs((claim?.timeSeconds ?? 0) - Date.now() / 1000)).toBeLessThan(30);
  });
});

describe("--import @worker-watchdog/node/register", () => {
  it.each([
    { name: "on the command line", nodeArgs: ["--import", "@worker-watchdog/node/register"], env: {} },
    { name: "in NODE_OPTIONS", nodeArgs: [], env: { NODE_OPTIONS: "--import @worker-watchdog/node/register" } },
  ])("$name sets the process up from its environment, and its threads not", async ({ nodeArgs, env }) => {
    await using receiver = await startOtlpReceiver("ok");
    const end = await runProgram("plain", {
      nodeArgs,
      env: {
        ...to(receiver),
        ...env,
        WATCHDOG_WORKER_ID: "worker-1",
        WATCHDOG_WORKER_POOL: "reports",
        OTEL_SERVICE_NAME: "mine",
      },
    });
    expect(end).toMatchObject({ code: 4, stderr: "" });
    expect(receiver.received().spans).toMatchObject([
      {
        name: "order",
        resource: { "service.name": "mine", "service.instance.id": stableInstanceId(worker), "worker.pool": "reports" },
      },
    ]);
  });

  it("continues the trace of the process that started this one", async () => {
    await using receiver = await startOtlpReceiver("ok");
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    await runProgram("plain", {
      nodeArgs: ["--import", "@worker-watchdog/node/register"],
      env: { ...to(receiver), TRACEPARENT: `00-${traceId}-b7ad6b7169203331-01` },
    });
    expect(receiver.received().spans).toMatchObject([{ name: "order", traceId, parentSpanId: "b7ad6b7169203331" }]);
  });

  it("sends nothing from a process that records nothing", async () => {
    await using receiver = await startOtlpReceiver("ok");
    await runProgram("idle", { nodeArgs: ["--import", "@worker-watchdog/node/register"], env: to(receiver) });
    expect(receiver.paths()).toEqual([]);
  });
});

describe("an application with its own OpenTelemetry SDK", () => {
  it.each([{ sdk: "own-sdk" }, { sdk: "both" }])("exports the rows ($sdk)", async ({ sdk }) => {
    await using receiver = await startOtlpReceiver("ok");
    const end = await runProgram("claim", {
      args: [sdk],
      env: { ...to(receiver), OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: "http/protobuf", OTEL_TRACES_EXPORTER: "none" },
      onReady: async () => {
        await vi.waitFor(() => expect(rowNames(receiver)).toContain(METRICS.claimLeaseExpiresAt.name), 60_000);
        return "SIGKILL";
      },
    });
    expect(end.signal).toBe("SIGKILL");
    const { points } = receiver.received();
    const lease = points.find(({ name }) => name === METRICS.claimLeaseExpiresAt.name);
    expect(lease?.resource["service.name"]).toBe(sdk === "own-sdk" ? "my-application" : "worker-watchdog-worker");
    expect(lease?.attributes[ATTRIBUTES.jobId.key]).toBe("job-7");
  });
});

describe("a Collector that comes back", () => {
  it("gets the spans and rows of the time that it was away", async () => {
    const away = await startOtlpReceiver("refused");
    const port = Number(new URL(away.endpoint).port);
    let back: OtlpReceiver | undefined;
    const end = await runProgram("worker", {
      args: ["signal"],
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: away.endpoint, OTEL_METRIC_EXPORT_INTERVAL: "300" },
      onReady: async () => {
        await new Promise((resolve) => setTimeout(resolve, 1500));
        back = await startOtlpReceiver("ok", port);
        await vi.waitFor(() => {
          expect(new Set(back?.received().spans.map(({ name }) => name))).toEqual(
            new Set([phaseSpanName("claim"), phaseSpanName("context"), phaseSpanName("complete")]),
          );
          expect(back?.received().points.map(({ name }) => name)).toContain(METRICS.claimSettledAt.name);
        }, 60_000);
        return "SIGTERM";
      },
    });
    expect(end).toMatchObject({ signal: "SIGTERM", stderr: "" });
    const counts = back?.received().points.filter(({ name }) => name === METRICS.claims.name);
    expect(new Set(counts?.map(({ value }) => value))).toEqual(new Set([1]));
    await back?.[Symbol.asyncDispose]();
  });
});

describe("shutdown() with a signal in the middle", () => {
  it("says once what was not sent", async () => {
    await using receiver = await startOtlpReceiver("silent");
    const end = await runProgram("worker", {
      args: ["shutdown"],
      env: to(receiver),
      onReady: async () => {
        await new Promise((resolve) => setTimeout(resolve, 500));
        return "SIGTERM";
      },
    });
    expect(end.signal).toBe("SIGTERM");
    expect(end.stderr.match(/not sent/g)).toHaveLength(1);
  });
});

describe("/metrics", () => {
  it("does not keep a process alive", async () => {
    const end = await runProgram("metrics-server");
    expect(end).toMatchObject({ code: 0, stderr: "" });
    expect(end.millisAfterReady).toBeLessThan(4000);
  });
});

describe("an application that is bundled into one file", () => {
  it("still sends what process.exit() left", async () => {
    const outDir = await mkdtemp(join(tmpdir(), "worker-watchdog-bundle-"));
    try {
      await build({
        config: false,
        cwd: packageDirectory,
        entry: { worker: "test/programs/worker.ts" },
        outDir,
        format: "esm",
        platform: "node",
        minify: true,
        dts: false,
        deps: { alwaysBundle: [/./], onlyBundle: false },
        inputOptions: { resolve: { conditionNames: ["@worker-watchdog/source", "node", "import", "default"] } },
        outputOptions: { keepNames: true },
        logLevel: "silent",
      });
      await using receiver = await startOtlpReceiver("ok");
      const end = await runProgram(join(outDir, "worker.mjs"), { args: ["exit"], env: to(receiver) });
      expect(end).toMatchObject({ code: 3, stderr: "" });
      expect(receiver.received().spans).toHaveLength(3);
    } finally {
      await rm(outDir, { recursive: true });
    }
  });
});
