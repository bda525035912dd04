import { metrics } from "@opentelemetry/api";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { afterEach, describe, expect, it } from "vitest";
import { registerRowSource } from "../../sdk/src/rows/row-sources.ts";
import { startOtlpReceiver } from "../test/otlp-receiver.ts";
import { watchdogMetricProducer } from "./metric-producer.ts";
import { runningTelemetry } from "./process-telemetry.ts";
import { startTelemetry } from "./start-telemetry.ts";
import { telemetryHealth, UNREAD_MILLIS } from "./telemetry-health.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0)) await step();
  await runningTelemetry()?.shutdown();
  metrics.disable();
});

// Each test in an hour of its own: when rows were last read outlives a test.
let hour = Date.now() + 3_600_000;
function anHourLater(): number {
  hour += 3_600_000;
  return hour;
}

function registerRow(): void {
  const row = { metric: "aliveAt", attributes: {}, value: 41, changedAtMillis: 0 } as const;
  undo.push(registerRowSource({ rows: () => [row], onUrgentChange: () => () => {} }));
}

const healthAt = (nowMillis: number, startedAtMillis = nowMillis - 3_600_000) =>
  telemetryHealth({ now: () => nowMillis, startedAtMillis });

describe("telemetryHealth", () => {
  it("has nothing to say of a process without a watchdog", () => {
    expect(healthAt(anHourLater())).toMatchObject({
      meterProvider: "none",
      watchdogCount: 0,
      rowCount: 0,
      problems: [],
    });
  });

  it.each([
    { name: "nobody set telemetry up", provider: "none", next: /Call startTelemetry\(\)/ },
    { name: "the application's own reader has no producer", provider: "other", next: /watchdogMetricProducer\(\)/ },
  ])("says that no reader reads the rows where $name", ({ provider, next }) => {
    registerRow();
    if (provider === "other") metrics.setGlobalMeterProvider(new MeterProvider());
    expect(healthAt(anHourLater())).toMatchObject({
      meterProvider: provider,
      rowCount: 1,
      problems: [expect.stringMatching(next)],
    });
  });

  it.each([
    { millis: UNREAD_MILLIS, problems: 0 },
    { millis: UNREAD_MILLIS + 1, problems: 1 },
  ])(
    "gives a new process, and a reader between two readings, a while ($millis ms: $problems)",
    async ({ millis, problems }) => {
      registerRow();
      const startedAt = anHourLater();
      expect(healthAt(startedAt + millis, startedAt).problems).toHaveLength(problems);
      const readAt = anHourLater();
      await watchdogMetricProducer({ now: () => readAt }).collect();
      expect(healthAt(readAt + millis)).toMatchObject({ rowsReadAtMillis: readAt });
      expect(healthAt(readAt + millis).problems).toHaveLength(problems);
    },
  );

  it("says that the application registered its SDK with an API that the library can not use", () => {
    const apiKey = Symbol.for("opentelemetry.js.api.1");
    const holder = globalThis as { [apiKey]?: unknown };
    const previous = holder[apiKey];
    undo.push(() => {
      holder[apiKey] = previous;
    });
    holder[apiKey] = { version: "1.9.0", metrics: new MeterProvider() };
    expect(healthAt(anHourLater())).toMatchObject({
      meterProvider: "other",
      problems: [expect.stringMatching(/@opentelemetry\/api 1\.9\.0.*Install one copy/)],
    });
  });

  it("says when an export was delivered, and what the last one failed with", async () => {
    await using receiver = await startOtlpReceiver("ok");
    registerRow();
    const telemetry = startTelemetry({ endpoint: receiver.endpoint });
    await telemetry.flush();
    const { meterProvider, deliveredAtMillis = 0, notSent, problems } = telemetryHealth();
    expect({ meterProvider, notSent, problems }).toEqual({
      meterProvider: "worker-watchdog",
      notSent: undefined,
      problems: [],
    });
    expect(Math.abs(deliveredAtMillis - Date.now())).toBeLessThan(30_000);
    await telemetry.shutdown();

    const failing = startTelemetry({ endpoint: "http://127.0.0.1:1", onNotSent: () => {} });
    expect(telemetryHealth()).toMatchObject({ notSent: { rows: 1 }, lastFailure: undefined, problems: [] });
    await failing.flush();
    expect(telemetryHealth()).toMatchObject({
      lastFailure: expect.stringContaining("ECONNREFUSED"),
      problems: [
        expect.stringMatching(/^Not sent to http:\/\/127\.0\.0\.1:1: 0 spans, 1 rows, 0 log records \(.*ECONNREFUSED/),
      ],
    });
  });
});
