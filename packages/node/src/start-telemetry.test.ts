import { context, DiagLogLevel, diag, metrics, propagation, trace } from "@opentelemetry/api";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { afterEach, describe, expect, it, vi } from "vitest";
import { startOtlpReceiver } from "../test/otlp-receiver.ts";
import { runningTelemetry } from "./process-telemetry.ts";
import { startTelemetry } from "./start-telemetry.ts";

afterEach(async () => {
  vi.unstubAllEnvs();
  diag.disable();
  await runningTelemetry()?.shutdown();
});

describe("startTelemetry", () => {
  it("returns the first handle to a second call, and says so", () => {
    const warnings: string[] = [];
    const quiet = () => {};
    diag.setLogger(
      { error: quiet, warn: (message) => warnings.push(message), info: quiet, debug: quiet, verbose: quiet },
      DiagLogLevel.ALL,
    );
    const first = startTelemetry({ endpoint: "http://127.0.0.1:1" });
    expect(startTelemetry({ endpoint: "http://127.0.0.1:2" })).toBe(first);
    expect(first.endpoint).toBe("http://127.0.0.1:1");
    expect(warnings.filter((message) => message.includes("was called before"))).toHaveLength(1);
  });

  it.each([{ exportIntervalMillis: 0 }, { rowRefreshMillis: -1 }, { exitDeadlineMillis: Number.NaN }])(
    "refuses %j and sets nothing up",
    (options) => {
      expect(() => startTelemetry(options)).toThrow(
        expect.objectContaining({
          code: "invalid_option",
          message: expect.stringContaining(Object.keys(options)[0] ?? ""),
        }),
      );
      expect(runningTelemetry()).toBeUndefined();
    },
  );

  it("exports over OTLP/HTTP, and sets nothing more up once it is shut down", async () => {
    await using receiver = await startOtlpReceiver("ok");
    const listeners = process.listenerCount("SIGTERM");
    const telemetry = startTelemetry({ endpoint: receiver.endpoint, serviceName: "reports" });
    expect(process.listenerCount("SIGTERM")).toBe(listeners + 1);
    trace.getTracer("app").startActiveSpan("order", (span) => {
      const carrier: Record<string, string> = {};
      propagation.inject(context.active(), carrier);
      expect(carrier["traceparent"]).toContain(span.spanContext().traceId);
      span.end();
    });
    metrics.getMeter("app").createCounter("orders").add(2);
    await telemetry.flush();
    const { spans, points } = receiver.received();
    expect(spans).toMatchObject([{ name: "order", resource: { "service.name": "reports" } }]);
    expect(points).toMatchObject([{ name: "orders", kind: "sum", value: 2, resource: { "service.name": "reports" } }]);
    expect(telemetry.notSent()).toBeUndefined();

    await telemetry.shutdown();
    await telemetry.shutdown();
    expect(process.listenerCount("SIGTERM")).toBe(listeners);
    expect(trace.getTracer("app").startSpan("later").isRecording()).toBe(false);
    startTelemetry({ endpoint: receiver.endpoint });
    expect(trace.getTracer("app").startSpan("later").isRecording()).toBe(true);
  });

  it("says which parts another SDK has set, and leaves those alone, also at the end", async () => {
    const warnings: string[] = [];
    const quiet = () => {};
    diag.setLogger({ error: quiet, warn: (text) => warnings.push(text), info: quiet, debug: quiet, verbose: quiet });
    const theirs = new MeterProvider();
    metrics.setGlobalMeterProvider(theirs);
    try {
      const telemetry = startTelemetry({ endpoint: "http://127.0.0.1:1" });
      expect(warnings).toEqual([expect.stringContaining("another OpenTelemetry SDK has set the metrics API")]);
      expect(trace.getTracer("app").startSpan("order").isRecording()).toBe(true);
      await telemetry.shutdown();
      expect(metrics.getMeterProvider()).toBe(theirs);
      expect(trace.getTracer("app").startSpan("later").isRecording()).toBe(false);
    } finally {
      metrics.disable();
    }
  });

  it("tells onNotSent once, and survives its failure", async () => {
    await using receiver = await startOtlpReceiver("refused");
    const calls: unknown[] = [];
    const telemetry = startTelemetry({
      endpoint: receiver.endpoint,
      onNotSent: (notSent) => {
        calls.push(notSent);
        throw new Error("mine");
      },
    });
    trace.getTracer("app").startSpan("order").end();
    await telemetry.shutdown();
    expect(calls).toEqual([
      {
        endpoint: receiver.endpoint,
        spans: 1,
        rows: 0,
        logRecords: 0,
        reason: expect.stringContaining("ECONNREFUSED"),
      },
    ]);
  });

  it("does nothing where OTEL_SDK_DISABLED is set", async () => {
    vi.stubEnv("OTEL_SDK_DISABLED", "true");
    const telemetry = startTelemetry();
    expect(trace.getTracer("app").startSpan("order").isRecording()).toBe(false);
    await telemetry.flush();
    await telemetry.shutdown();
  });
});
