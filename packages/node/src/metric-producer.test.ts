import { millisToHrTime } from "@opentelemetry/core";
import { AggregationTemporality, DataPointType } from "@opentelemetry/sdk-metrics";
import type { Row } from "@worker-watchdog/sdk";
import { INSTRUMENTATION_SCOPE, METRICS, type RowMetricKey } from "@worker-watchdog/sdk/semconv";
import { afterEach, describe, expect, it } from "vitest";
import { registerRowSource } from "../../sdk/src/rows/row-sources.ts";
import { RowTable } from "../../sdk/src/rows/row-table.ts";
import { settle } from "../test/manual-timers.ts";
import { exportRowsAtOnce, watchdogMetricProducer } from "./metric-producer.ts";

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});

function registeredTable(): RowTable {
  const table = new RowTable();
  undo.push(registerRowSource(table));
  return table;
}

const forever = { dropAtMillis: Number.POSITIVE_INFINITY };

describe("watchdogMetricProducer", () => {
  it("produces each row as a gauge point with the table's name, unit and description, at the time of collection", async () => {
    const table = registeredTable();
    const attributes = { "worker.pool": "reports", "worker.id": "worker-1", "job.id": "7", "trace.id": "abc" };
    const keys = (Object.keys(METRICS) as (keyof typeof METRICS)[]).filter(
      (key) => METRICS[key].instrument === "gauge",
    );
    for (const [index, key] of keys.entries()) table.set(key as RowMetricKey, attributes, 100 + index, forever);
    const { resourceMetrics, errors } = await watchdogMetricProducer({ now: () => 5500 }).collect();
    expect(errors).toEqual([]);
    expect(resourceMetrics.scopeMetrics.map(({ scope }) => scope.name)).toEqual([INSTRUMENTATION_SCOPE]);
    expect(
      resourceMetrics.scopeMetrics[0]?.metrics.map(
        ({ descriptor: { name, unit, description }, dataPointType, dataPoints }) => ({
          name,
          unit,
          description,
          dataPointType,
          dataPoints,
        }),
      ),
    ).toEqual(
      keys.map((key, index) => ({
        name: METRICS[key].name,
        unit: METRICS[key].unit,
        description: METRICS[key].description,
        dataPointType: DataPointType.GAUGE,
        dataPoints: [{ startTime: [5, 500_000_000], endTime: [5, 500_000_000], attributes, value: 100 + index }],
      })),
    );
  });

  it("produces a counter's rows as a cumulative sum with their own start time", async () => {
    const row = { metric: "claims", changedAtMillis: 0 } as const;
    const rows: Row[] = [
      { ...row, attributes: { "worker.claim.outcome": "job" }, value: 41, startMillis: 1500 },
      { ...row, attributes: { "worker.claim.outcome": "failed" }, value: 2 },
    ];
    undo.push(registerRowSource({ rows: () => rows, onUrgentChange: () => () => {} }));
    const { resourceMetrics } = await watchdogMetricProducer({ now: () => 5500 }).collect();
    const { name, unit } = METRICS.claims;
    expect(resourceMetrics.scopeMetrics[0]?.metrics).toMatchObject([
      {
        descriptor: { name, unit },
        dataPointType: DataPointType.SUM,
        isMonotonic: true,
        aggregationTemporality: AggregationTemporality.CUMULATIVE,
        dataPoints: [
          { startTime: [1, 500_000_000], endTime: [5, 500_000_000], value: 41 },
          // A row that does not say: since this process started.
          { startTime: millisToHrTime(Math.floor(performance.timeOrigin)), value: 2 },
        ],
      },
    ]);
  });

  it("produces nothing for a row that is over", async () => {
    const table = registeredTable();
    const owner = { dropAtMillis: Number.POSITIVE_INFINITY };
    table.set("claimStartedAt", { "job.id": "7" }, 1, owner);
    const collect = async () =>
      (await watchdogMetricProducer({ now: () => 1000 }).collect()).resourceMetrics.scopeMetrics.flatMap(
        ({ metrics }) => metrics,
      );
    expect(await collect()).toHaveLength(1);
    owner.dropAtMillis = 999;
    expect(await collect()).toEqual([]);
  });
});

describe("exportRowsAtOnce", () => {
  it("flushes on an urgent change, and once more where rows changed meanwhile", async () => {
    const table = registeredTable();
    const release: (() => void)[] = [];
    undo.push(exportRowsAtOnce({ forceFlush: () => new Promise((resolve) => release.push(resolve)) }));
    table.set("claimStartedAt", { "job.id": "1" }, 1, forever);
    expect(release).toHaveLength(0);
    for (const id of ["2", "3", "4"]) table.set("claimStartedAt", { "job.id": id }, 1, forever, { urgency: "urgent" });
    expect(release).toHaveLength(1);
    release[0]?.();
    await settle();
    expect(release).toHaveLength(2);
    release[1]?.();
    await settle();
    expect(release).toHaveLength(2);
  });

  it("follows watchdogs that come later, survives a failing reader, and stops", async () => {
    let flushes = 0;
    const stop = exportRowsAtOnce({
      forceFlush: async () => {
        flushes += 1;
        throw new Error("no receiver");
      },
    });
    const table = registeredTable();
    table.set("claimStartedAt", { "job.id": "1" }, 1, forever, { urgency: "urgent" });
    await settle();
    table.set("claimStartedAt", { "job.id": "2" }, 1, forever, { urgency: "urgent" });
    await settle();
    expect(flushes).toBe(2);
    stop();
    table.set("claimStartedAt", { "job.id": "3" }, 1, forever, { urgency: "urgent" });
    await settle();
    expect(flushes).toBe(2);
  });
});
