import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { context, logs, metrics, propagation, trace } from "@opentelemetry/api";
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { afterEach, describe, expect, it, vi } from "vitest";
import { registerRowSource } from "../../sdk/src/rows/row-sources.ts";
import { startOtlpReceiver } from "../test/otlp-receiver.ts";
import { runningTelemetry } from "./process-telemetry.ts";
import { startCommandTelemetry } from "./start-command-telemetry.ts";
import { stableInstanceId } from "./telemetry-resource.ts";

const worker = { id: "worker-1", pool: "reports" };

afterEach(() => runningTelemetry()?.shutdown());

/** Every module that `file` loads as it is loaded, with what it takes from packages. */
function loaded(file: string, seen = new Set<string>()): Set<string> {
  const source = readFileSync(fileURLToPath(new URL(file, import.meta.url)), "utf8");
  for (const [, clause = "", specifier = ""] of source.matchAll(/^(?:import|export) ([^;]*?)from "([^"]+)";/gms)) {
    if (clause.startsWith("type ") || seen.has(specifier)) continue;
    seen.add(specifier);
    if (specifier.startsWith(".")) loaded(specifier, seen);
  }
  return seen;
}

describe("startCommandTelemetry", () => {
  it("exports spans, log events, metrics and the whole row table, and gives everything back", async () => {
    await using receiver = await startOtlpReceiver("ok");
    const telemetry = startCommandTelemetry({
      endpoint: receiver.endpoint,
      worker,
      stampMillis: () => 1_700_000_000_500,
    });
    const row = { metric: "claims", attributes: {}, value: 41, changedAtMillis: 0, startMillis: 500 } as const;
    const unregister = registerRowSource({ rows: () => [row], onUrgentChange: () => () => {} });
    trace.getTracer("app").startActiveSpan("order", (span) => {
      const carrier: Record<string, string> = {};
      propagation.inject(context.active(), carrier);
      expect(carrier["traceparent"]).toContain(span.spanContext().traceId);
      span.end();
    });
    metrics.getMeter("app").createCounter("orders").add(2);
    logs.getLogger("app").emit({ eventName: "worker.job.claimed" });
    await telemetry.flush();
    const resource = { "service.instance.id": stableInstanceId(worker) };
    const { spans, points, logs: records } = receiver.received();
    expect(spans).toMatchObject([{ name: "order", resource }]);
    expect(records).toMatchObject([{ eventName: "worker.job.claimed", resource }]);
    expect(points).toMatchObject([
      { name: METRICS.claims.name, kind: "sum", value: 41, timeSeconds: 1_700_000_000.5, resource },
      { name: "orders", kind: "sum", value: 2, resource },
    ]);
    expect(telemetry.notSent()).toBeUndefined();
    await telemetry.shutdown();
    unregister();
    expect(trace.getTracer("app").startSpan("later").isRecording()).toBe(false);
  });

  it("exports the whole row table as soon as it is there, without an interval to wait for", async () => {
    await using receiver = await startOtlpReceiver("ok");
    startCommandTelemetry({ endpoint: receiver.endpoint, worker, exportIntervalMillis: 600_000 });
    const row = { metric: "aliveAt", attributes: {}, value: 41, changedAtMillis: 0 } as const;
    const unregister = registerRowSource({ rows: () => [row], onUrgentChange: () => () => {} });
    await vi.waitFor(() => expect(receiver.received().points).toMatchObject([{ name: METRICS.aliveAt.name }]), 10_000);
    unregister();
  });

  it("leaves NodeSDK out: loading it takes longer than a short command", () => {
    expect([...loaded("start-telemetry.ts")]).toContain("@opentelemetry/sdk-node");
    const specifiers = [...loaded("command.ts")];
    expect(specifiers).toContain("@opentelemetry/sdk-trace");
    expect(specifiers).not.toContain("@opentelemetry/sdk-node");
    expect(specifiers).not.toContain("prom-client");
  });
});
