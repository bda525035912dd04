import { describe, expect, it } from "vitest";
import { FleetRecord } from "../fleet/fleet-record.ts";
import { goodPage } from "../page-receiver/good-page.ts";
import { type FrameInput, frame } from "./frame.ts";
import { fit, minutesAndSeconds, paintFor } from "./text.ts";
import { workerRows } from "./worker-rows.ts";

function recordOfADay(): FleetRecord {
  const record = new FleetRecord();
  const activity = { pool: "reports", worker: "reports-1", outcome: "ok" };
  record.add({ type: "worker", event: { at: 0, worker: "reports-1", pool: "reports", what: "started" } });
  record.add({
    type: "activity",
    activity: { ...activity, at: 1, command: "claim", jobId: "7c1f6f2e-1", leaseExpiresAt: 901 },
  });
  record.add({
    type: "activity",
    activity: {
      ...activity,
      at: 2,
      command: "progress",
      stage: "building_artifact",
      jobId: "7c1f6f2e-1",
      leaseExpiresAt: 902,
    },
  });
  return record;
}
const input = (change: Partial<FrameInput> = {}): FrameInput => ({
  title: "a fleet",
  record: recordOfADay(),
  alerts: [],
  addresses: ["Prometheus  http://127.0.0.1:1"],
  now: 62,
  startedAt: 0,
  columns: 100,
  rows: 60,
  paint: paintFor({}, {}),
  ...change,
});

describe("frame", () => {
  it("shows each worker's phase, job and lease left", () => {
    const lines = frame(input());
    expect(lines[0]).toBe("a fleet  1:02  Ctrl-C stops everything");
    expect(lines.find((line) => line.startsWith("reports-1"))?.split(/\s{2,}/)).toEqual([
      "reports-1",
      "building_artifact",
      "7c1f6f2e",
      "14:00",
      "0",
    ]);
    expect(lines.at(-1)).toBe("Prometheus  http://127.0.0.1:1");
  });

  it("shows the newest page with all its fields", () => {
    const { record } = input();
    record.add({ type: "page", received: { page: goodPage(), policy: "default", problems: ["due is off"] } });
    const text = frame(input({ record })).join("\n");
    const { state, worker, phase, job, evidence, evidenceRef, nextAction, owner, due, runbook, dashboard, trace } =
      goodPage();
    for (const field of [
      state,
      worker,
      phase,
      job,
      evidence,
      evidenceRef,
      nextAction,
      owner,
      due,
      runbook,
      dashboard,
      trace,
    ])
      expect(text).toContain(field);
    expect(text).toContain("CompleteRejected (high) to codex_worker_maintainer-page");
    expect(text).toContain("! due is off");
  });

  it("shows alerts with their state and age", () => {
    const alert = {
      name: "LeaseExpired",
      state: "firing",
      severity: "high",
      pool: "p",
      worker: "w9",
      activeAt: 50,
    } as const;
    expect(frame(input({ alerts: [alert] })).some((line) => /^firing +LeaseExpired +high +w9 +0:12$/.test(line))).toBe(
      true,
    );
  });

  it.each([
    [100, 60],
    [40, 12],
    [20, 5],
    [1, 1],
  ])("fits into %i columns and %i rows", (columns, rows) => {
    const { record } = input();
    record.add({ type: "page", received: { page: goodPage(), policy: "default", problems: [] } });
    const lines = frame(input({ record, columns, rows, paint: paintFor({ isTTY: true }, {}) }));
    expect(lines.length).toBeLessThanOrEqual(rows);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are not counted.
    for (const line of lines) expect(line.replaceAll(/\u001b\[\d+m/g, "").length).toBeLessThanOrEqual(columns);
  });
});

describe("workerRows", () => {
  const record = recordOfADay();
  const add = (command: "complete" | "claim" | "progress", outcome: string, stage?: string) =>
    record.add({
      type: "activity",
      activity: { at: 3, pool: "reports", worker: "reports-1", command, outcome, stage },
    });
  const row = () => workerRows(record)[0];

  it("follows a worker through its day", () => {
    add("progress", "ok", "keep_alive");
    expect(row()).toMatchObject({ phase: "building_artifact (renewed)", isTroubled: false });
    add("complete", "missing_artifact_kind");
    expect(row()).toMatchObject({ phase: "complete: missing_artifact_kind", jobId: "7c1f6f2e-1", isTroubled: true });
    add("complete", "ok");
    expect(row()).toMatchObject({ phase: "completed", jobId: undefined, leaseExpiresAt: undefined, completed: 1 });
    add("claim", "no_job");
    expect(row()).toMatchObject({ phase: "no job", isTroubled: false });
    record.add({ type: "worker", event: { at: 9, worker: "reports-1", pool: "reports", what: "killed" } });
    expect(row()).toMatchObject({ phase: "killed", isTroubled: true });
  });
});

describe("text", () => {
  it.each([
    [0, "0:00"],
    [59.6, "1:00"],
    [899.4, "14:59"],
    [-12, "-0:12"],
  ])("%d s is %s", (seconds, text) => expect(minutesAndSeconds(seconds)).toBe(text));

  it("paints only what a person looks at, and not where NO_COLOR is set", () => {
    expect(paintFor({ isTTY: true }, {})("red", "x")).toBe("\u001b[31mx\u001b[39m");
    expect(paintFor({ isTTY: true }, { NO_COLOR: "1" })("red", "x")).toBe("x");
    expect(paintFor({ isTTY: false }, {})("red", "x")).toBe("x");
  });

  it("cuts a line, and counts no colours", () => {
    expect(fit("\u001b[31mabcdef\u001b[39m", 4)).toBe("\u001b[31mabc…\u001b[39m");
    expect(fit("abcd", 4)).toBe("abcd");
  });
});
