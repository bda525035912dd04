import { emptyResource } from "@opentelemetry/resources";
import {
  type CollectionResult,
  MeterProvider,
  type MetricProducer,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import { INSTRUMENTATION_SCOPE, METRICS } from "@worker-watchdog/sdk/semconv";
import { afterEach, describe, expect, it } from "vitest";
import { registerRowSource } from "../../sdk/src/rows/row-sources.ts";
import { RowTable } from "../../sdk/src/rows/row-table.ts";
import { ManualTimers, settle } from "../test/manual-timers.ts";
import type { SendResult } from "./otlp-sender.ts";
import { PushMetricReader } from "./push-metric-reader.ts";
import { RowLedger } from "./row-ledger.ts";

const DELIVERED: SendResult = { outcome: "delivered", rejected: 0, reason: "" };
const forever = { dropAtMillis: Number.POSITIVE_INFINITY };
const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});

function setUp(
  options: {
    answer?: () => SendResult | Promise<SendResult>;
    isEnabled?: boolean;
    metricProducers?: MetricProducer[];
  } = {},
) {
  const timers = new ManualTimers();
  const sent: Record<string, number>[] = [];
  const names: string[][] = [];
  const answer = options.answer ?? (() => DELIVERED);
  const reader = new PushMetricReader({
    send:
      options.isEnabled === false
        ? undefined
        : async (metrics) => {
            sent.push(values(metrics));
            names.push(metrics.scopeMetrics.flatMap((scope) => scope.metrics.map(({ descriptor }) => descriptor.name)));
            return answer();
          },
    resource: emptyResource(),
    stampMillis: () => timers.now(),
    metricProducers: options.metricProducers,
    ledger: new RowLedger(60_000),
    intervalMillis: 5000,
    timers,
  });
  const provider = new MeterProvider({ readers: [reader] });
  const table = new RowTable(() => timers.now());
  undo.push(registerRowSource(table), () => reader.stop());
  return { timers, sent, names, reader, provider, table };
}

function values({ scopeMetrics }: ResourceMetrics): Record<string, number> {
  return Object.fromEntries(
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.map(({ descriptor, dataPoints }) => [descriptor.name, Number(dataPoints[0]?.value)]),
    ),
  );
}

describe("PushMetricReader", () => {
  it("sends nothing where nothing is recorded", async () => {
    const { timers, sent } = setUp();
    await timers.advance(60_000);
    expect(sent).toEqual([]);
  });

  it("exports a changed row at the next interval, an unchanged one a minute later", async () => {
    const { timers, sent, table } = setUp();
    table.set("aliveAt", {}, 7, forever);
    await timers.advance(4999);
    expect(sent).toEqual([]);
    await timers.advance(1);
    expect(sent).toEqual([{ [METRICS.aliveAt.name]: 7 }]);
    await timers.advance(55_000);
    expect(sent).toHaveLength(1);
    await timers.advance(5000);
    expect(sent).toHaveLength(2);
  });

  it("exports a row again that failed to arrive", async () => {
    let result: SendResult = { outcome: "retry", rejected: 0, reason: "connect ECONNREFUSED" };
    const { timers, sent, reader, table } = setUp({ answer: () => result });
    table.set("aliveAt", {}, 7, forever);
    await timers.advance(5000);
    expect(reader.lastReason).toBe("connect ECONNREFUSED");
    result = { outcome: "delivered", rejected: 1, reason: "rejected by the receiver" };
    await timers.advance(5000);
    result = DELIVERED;
    await timers.advance(5000);
    expect(reader.lastReason).toBe("");
    await timers.advance(5000);
    expect(sent).toHaveLength(3);
  });

  it("sends a row once more that changed while its old value was under way", async () => {
    const release: ((result: SendResult) => void)[] = [];
    const { timers, sent, table } = setUp({ answer: () => new Promise((resolve) => release.push(resolve)) });
    table.set("aliveAt", {}, 7, forever);
    await timers.advance(5000);
    table.set("aliveAt", {}, 8, forever);
    release[0]?.(DELIVERED);
    await settle();
    await timers.advance(5000);
    expect(sent.map((metrics) => metrics[METRICS.aliveAt.name])).toEqual([7, 8]);
  });

  it("has one export under way, and one more after it where it was asked for", async () => {
    const release: ((result: SendResult) => void)[] = [];
    const { sent, reader, table } = setUp({ answer: () => new Promise((resolve) => release.push(resolve)) });
    table.set("aliveAt", {}, 7, forever);
    for (let call = 0; call < 3; call += 1) reader.exportSoon();
    await settle();
    table.set("aliveAt", {}, 8, forever);
    reader.exportSoon();
    reader.exportSoon();
    await settle();
    expect(sent).toHaveLength(1);
    release[0]?.(DELIVERED);
    await settle();
    expect(sent.map((metrics) => metrics[METRICS.aliveAt.name])).toEqual([7, 8]);
  });

  it("leaves a receiver that is down alone for a second, however often rows change", async () => {
    const { timers, sent, reader, table } = setUp({
      answer: () => ({ outcome: "retry", rejected: 0, reason: "refused" }),
    });
    for (const value of [1, 2, 3, 4]) {
      table.set("aliveAt", {}, value, forever);
      reader.exportSoon();
      await settle();
      await timers.advance(300);
    }
    expect(sent.map((metrics) => metrics[METRICS.aliveAt.name])).toEqual([1, 4]);
  });

  it("exports the application's instruments too, cumulative", async () => {
    const { timers, sent, provider } = setUp();
    const counter = provider.getMeter("app").createCounter("orders");
    counter.add(2);
    await timers.advance(5000);
    counter.add(3);
    await timers.advance(5000);
    expect(sent).toEqual([{ orders: 2 }, { orders: 5 }]);
  });

  it("sends rows apart from the application's metrics, which may be refused", async () => {
    const answers: SendResult[] = [DELIVERED, { outcome: "refused", rejected: 0, reason: "HTTP 400" }, DELIVERED];
    const { timers, sent, reader, provider, table } = setUp({ answer: () => answers.shift() ?? DELIVERED });
    provider.getMeter("app").createCounter("orders").add(2);
    table.set("aliveAt", {}, 7, forever);
    await timers.advance(5000);
    expect(sent).toEqual([{ [METRICS.aliveAt.name]: 7 }, { orders: 2 }]);
    expect(reader.lastReason).toBe("HTTP 400");
    await timers.advance(5000);
    expect(sent[2]).toEqual({ orders: 2 });
    expect(reader.lastReason).toBe("");
  });

  it("sends the application's metrics at each interval, not with each urgent row", async () => {
    const release: ((result: SendResult) => void)[] = [];
    const { timers, sent, reader, provider, table } = setUp({
      answer: () => (sent.length === 2 ? new Promise((resolve) => release.push(resolve)) : DELIVERED),
    });
    provider.getMeter("app").createCounter("orders").add(2);
    table.set("aliveAt", {}, 7, forever);
    reader.exportSoon();
    await settle();
    expect(sent).toEqual([{ [METRICS.aliveAt.name]: 7 }]);
    await timers.advance(4999);
    table.set("aliveAt", {}, 8, forever);
    reader.exportSoon();
    await timers.advance(1);
    expect(sent.slice(1)).toEqual([{ [METRICS.aliveAt.name]: 8 }]);
    release[0]?.(DELIVERED);
    await settle();
    expect(sent.slice(2)).toEqual([{ orders: 2 }]);
  });

  it("has rows due that were refused, also where the application's metrics are delivered", async () => {
    const answers: SendResult[] = [{ outcome: "refused", rejected: 0, reason: "HTTP 400" }];
    const { timers, sent, reader, provider, table } = setUp({ answer: () => answers.shift() ?? DELIVERED });
    provider.getMeter("app").createCounter("orders").add(2);
    table.set("aliveAt", {}, 7, forever);
    await timers.advance(5000);
    expect(reader.lastReason).toBe("HTTP 400");
    expect(reader.deliveredAtMillis).toBeUndefined();
    await timers.advance(5000);
    expect(sent).toEqual([{ [METRICS.aliveAt.name]: 7 }, { orders: 2 }, { [METRICS.aliveAt.name]: 7 }, { orders: 2 }]);
    expect(reader.deliveredAtMillis).toBe(timers.now());
  });

  it("sends rows without the application's metrics where these are not collected within a second", async () => {
    let answer = (): void => {};
    const hanging = {
      collect: () =>
        new Promise<CollectionResult>((resolve) => {
          answer = () => resolve({ resourceMetrics: { resource: emptyResource(), scopeMetrics: [] }, errors: [] });
        }),
    };
    const { timers, sent, table } = setUp({ metricProducers: [hanging] });
    table.set("aliveAt", {}, 7, forever);
    await timers.advance(5999);
    expect(sent).toEqual([]);
    await timers.advance(1);
    expect(sent).toEqual([{ [METRICS.aliveAt.name]: 7 }]);
    table.set("aliveAt", {}, 8, forever);
    await timers.advance(4000);
    expect(sent[1]).toEqual({ [METRICS.aliveAt.name]: 8 });
    answer();
    await settle();
    table.set("aliveAt", {}, 9, forever);
    await timers.advance(5000);
    expect(sent).toHaveLength(2);
    answer();
    await settle();
    expect(sent[2]).toEqual({ [METRICS.aliveAt.name]: 9 });
  });

  it("leaves a counter to its rows, whose totals outlive the process", async () => {
    const { timers, sent, names, provider } = setUp();
    const meter = provider.getMeter(INSTRUMENTATION_SCOPE);
    meter.createCounter(METRICS.claims.name).add(1);
    meter.createCounter("other").add(3);
    const row = { metric: "claims", attributes: {}, value: 41, changedAtMillis: 0, startMillis: 500 } as const;
    undo.push(registerRowSource({ rows: () => [row], onUrgentChange: () => () => {} }));
    await timers.advance(5000);
    expect(sent).toEqual([{ other: 3, [METRICS.claims.name]: 41 }]);
    expect(names).toEqual([["other", METRICS.claims.name]]);
  });

  it("sends everything in a flush, also where an urgent row is under way and another one waits", async () => {
    const release: ((result: SendResult) => void)[] = [];
    const { sent, reader, provider, table } = setUp({
      answer: () => (sent.length === 1 ? new Promise((resolve) => release.push(resolve)) : DELIVERED),
    });
    provider.getMeter("app").createCounter("orders").add(2);
    table.set("aliveAt", {}, 7, forever);
    reader.exportSoon();
    await settle();
    table.set("aliveAt", {}, 8, forever);
    reader.exportSoon();
    const flushed = reader.forceFlush();
    release[0]?.(DELIVERED);
    await flushed;
    expect(sent).toEqual([{ [METRICS.aliveAt.name]: 7 }, { [METRICS.aliveAt.name]: 8 }, { orders: 2 }]);
  });

  it("does not try again in a flush what failed a moment ago", async () => {
    const release: ((result: SendResult) => void)[] = [];
    const { sent, reader, table } = setUp({ answer: () => new Promise((resolve) => release.push(resolve)) });
    table.set("aliveAt", {}, 7, forever);
    reader.exportSoon();
    await settle();
    const flushed = reader.forceFlush();
    release[0]?.({ outcome: "retry", rejected: 0, reason: "refused" });
    await flushed;
    expect(sent).toHaveLength(1);
  });

  it("only answers collect where metrics are switched off", async () => {
    const { timers, sent, reader, provider, table } = setUp({ isEnabled: false });
    table.set("aliveAt", {}, 7, forever);
    provider.getMeter("app").createCounter("orders").add(2);
    await timers.advance(60_000);
    await reader.forceFlush();
    expect(sent).toEqual([]);
    const { resourceMetrics } = await reader.collect();
    expect(values(resourceMetrics)).toEqual({ orders: 2 });
  });
});
