import { describe, expect, it } from "vitest";
import { type Closing, closingRows, endsWith, subjectsOf } from "./closing.ts";
import type { OpenPage } from "./open-rows.ts";

const OF_J1 = { cluster: "", pool: "p", worker: "w", job: "J1", trace: "t1" };
const OF_WORKER = { cluster: "", pool: "p", worker: "w", job: "", trace: "t0" };
const NOTHING: Closing = { attempts: [], incidents: [], waits: [], workers: [] };
const ATTEMPT: Closing = { ...NOTHING, attempts: [{ ...OF_J1, leaseExpiresAt: 1 }] };
const REJECTED: Closing = {
  ...NOTHING,
  incidents: [{ ...OF_J1, kind: "complete_rejected", reason: "other", count: 3 }],
};
const WAIT: Closing = { ...NOTHING, waits: [{ ...OF_WORKER, until: 77 }] };
const GONE: Closing = { ...NOTHING, workers: [{ ...OF_WORKER, trace: "", aliveAt: 50 }] };

function page(key: string, of: typeof OF_J1, kind?: string, reason?: string): OpenPage {
  return { ...of, alert: key, key, severity: "high", kind, reason };
}

describe("endsWith", () => {
  it.each<[string, OpenPage, Closing, boolean]>([
    ["an alert of the attempt", page("lease_expired", OF_J1), ATTEMPT, true],
    ["one of the same names in another cluster", page("lease_expired", { ...OF_J1, cluster: "eu" }), ATTEMPT, false],
    ["one of another job", page("lease_expired", { ...OF_J1, job: "J2" }), ATTEMPT, false],
    ["one of another attempt at the job", page("lease_expired", { ...OF_J1, trace: "t2" }), ATTEMPT, false],
    ["one of the same names in another pool", page("lease_expired", { ...OF_J1, pool: "q" }), ATTEMPT, false],
    ["an attempt that stays open", page("lease_expired", OF_J1), REJECTED, false],
    [
      "the lease's part of alert 4",
      page("artifact_missing", OF_J1, "artifact_missing", "lease_expiring"),
      ATTEMPT,
      true,
    ],
    ["the gate's part of alert 4", page("artifact_missing", OF_J1, "artifact_missing", "transport"), ATTEMPT, false],
    ["an incident", page("complete_rejected", OF_J1, "complete_rejected", "other"), REJECTED, true],
    ["one of another reason", page("complete_rejected", OF_J1, "complete_rejected", "lease_lost"), REJECTED, false],
    ["a wait that was in vain", page("session_dead", OF_WORKER, "session_dead", "limit_unknown"), WAIT, true],
    ["a worker that is gone", page("worker_absent", { ...OF_WORKER, trace: "" }), GONE, true],
    ["another worker", page("worker_absent", { ...OF_WORKER, worker: "v", trace: "" }), GONE, false],
    ["a job of the worker that is gone", page("lease_expired", OF_J1), GONE, false],
  ])("%s", (_, open, closing, ends) => {
    expect(endsWith(open, closing)).toBe(ends);
  });
});

describe("closingRows", () => {
  const attempt = { "worker.pool": "p", "worker.id": "w", "job.id": "J1", "trace.id": "t1" };
  it.each<[string, Closing, object]>([
    ["an attempt, as of now", ATTEMPT, { metric: "claimSettledAt", attributes: attempt, value: 100 }],
    [
      "all incidents there ever were",
      REJECTED,
      {
        metric: "claimIncidentsCleared",
        attributes: { ...attempt, kind: "complete_rejected", reason: "other" },
        value: 3,
      },
    ],
    ["a wait, by its own time", WAIT, { metric: "sessionLimitCleared", value: 77 }],
    ["a worker", GONE, { metric: "stoppedAt", attributes: { "worker.pool": "p", "worker.id": "w" }, value: 100 }],
    [
      "a worker whose clock is ahead: not before its last sign of life",
      { ...GONE, workers: [{ ...OF_WORKER, trace: "", aliveAt: 130 }] },
      { metric: "stoppedAt", value: 130 },
    ],
  ])("%s", (_, closing, row) => {
    expect(closingRows(closing, 100)).toMatchObject([row]);
  });
});

it("is on record once for each attempt, event or worker", () => {
  const all: Closing = {
    attempts: ATTEMPT.attempts,
    incidents: REJECTED.incidents,
    waits: WAIT.waits,
    workers: GONE.workers,
  };
  expect(subjectsOf(all)).toEqual([
    { workerPool: "p", workerId: "w", jobId: undefined, traceId: undefined, closesAttempt: false, incidents: [] },
    {
      workerPool: "p",
      workerId: "w",
      jobId: "J1",
      traceId: "t1",
      closesAttempt: true,
      incidents: [{ kind: "complete_rejected", reason: "other" }],
    },
    {
      workerPool: "p",
      workerId: "w",
      jobId: undefined,
      traceId: "t0",
      closesAttempt: false,
      incidents: [{ kind: "session_dead", reason: "limit_unknown" }],
    },
  ]);
});
