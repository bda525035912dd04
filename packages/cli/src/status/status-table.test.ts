import type { JobStatus, WorkerStatus } from "@worker-watchdog/sdk/one-shot";
import { describe, expect, test } from "vitest";
import { statusLines } from "./status-table.ts";

const NOW = 1_800_000_000_000;
const job: JobStatus = {
  id: "job-7",
  isHeld: true,
  state: "running",
  phase: "build",
  traceId: "0af7651916cd43dd8448eb211c80319c",
  claimedAt: NOW / 1_000 - 600,
  progressAt: NOW / 1_000 - 30,
  deliverableId: "D1",
  artifactCheckId: undefined,
  lease: { expiresAt: NOW / 1_000 + 280, remainingSeconds: 280, risk: "near_expiry" },
};
const calm: WorkerStatus = {
  worker: { pool: "reports", id: "worker-1" },
  health: "idle",
  job: undefined,
  stuck: undefined,
  lastHeartbeat: { atMillis: NOW - 61_000, status: "no_job" },
  lastSeenMillis: NOW,
  noJobStreak: 2,
  run: undefined,
};
const lines = (status: WorkerStatus, commands: readonly string[] = [], isColoured = false) =>
  statusLines(status, { commands, handover: undefined }, NOW, isColoured);

describe("a worker's status for people", () => {
  test("an idle one", () => {
    expect(lines(calm)).toEqual([
      "reports/worker-1",
      "  health     idle",
      "  job        none",
      "  heartbeat  1 min 1 s ago, no job",
      "  no job     2 claims in a row",
    ]);
  });

  test("one that works", () => {
    expect(
      lines({ ...calm, health: "working", job, noJobStreak: 0, lastHeartbeat: undefined }, ["build runs"]),
    ).toEqual([
      "reports/worker-1",
      "  health     working",
      "  job        job-7, running, claimed 10 min 0 s ago",
      "  phase      build, progress 30 s ago",
      "  lease      4 min 40 s left (near_expiry)",
      "  artifact   not verified",
      "  trace      0af7651916cd43dd8448eb211c80319c",
      "  heartbeat  none",
      "  command    build runs",
    ]);
  });

  test("what is wrong stands first, with what to do", () => {
    const status: WorkerStatus = {
      ...calm,
      health: "stuck",
      job: { ...job, state: "stuck", lease: { ...job.lease, remainingSeconds: -75, risk: "stale" } },
      stuck: { reason: "lease_expired", class: "lease_expiry", nextAction: "mark_stale_and_request_reclaim" },
      run: { id: "r1", startedAtMillis: NOW - 90_000, elapsedSeconds: 90, budgetSeconds: 60, isCancelled: true },
    };
    const shown = lines(status);
    expect(shown.slice(1, 4)).toEqual([
      "  health     stuck",
      "  stuck      lease_expired (lease_expiry)",
      "  next       mark_stale_and_request_reclaim",
    ]);
    expect(shown).toContain("  lease      ran out 1 min 15 s ago (stale)");
    expect(shown).toContain("  run        r1, 1 min 30 s of 1 min 0 s, cancelled");
    expect(lines(status, [], true)[1]).toBe("  health     \u001b[31mstuck\u001b[0m");
  });
});
