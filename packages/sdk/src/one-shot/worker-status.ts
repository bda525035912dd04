/** What a worker is at, by its journal: for people and machines that ask, also when no process of it runs. */
import { type AttemptState, attemptStateFrom, isHeldState } from "../attempt/attempt-state.ts";
import {
  type Journal,
  type JournalRecord,
  type JournalWorker,
  type JsonValue,
  workerScope,
} from "../journal/journal.ts";
import { leaseRisk } from "../lease/lease-risk.ts";
import { ownField } from "../own-field.ts";
import type { Policy } from "../policy/policy.ts";
import { classifyStuck } from "../repair/stuck-class.ts";
import { cancelDecisionFrom } from "../run-control/cancel-decision.ts";
import { cancelKey } from "../run-control/run-control.ts";
import { runSettings } from "../run-control/run-settings.ts";
import type { LeaseRisk, StuckClass } from "../semconv/index.ts";

/**
 * In a word: `working` and `idle` are well; `stuck` and `failing` (a phase before a job) need somebody; `cancelled`: its run is over; `absent`: no sign
 * of life for longer than alert 14 waits; `unknown`: the journal has nothing about it.
 */
export type WorkerHealth = "working" | "idle" | "stuck" | "failing" | "cancelled" | "absent" | "unknown";

/** The job that a worker holds, or the last one that it held. */
export interface JobStatus {
  readonly id: string;
  readonly isHeld: boolean;
  /** Where the attempt stands. */
  readonly state: string;
  /** The phase that was entered last. */
  readonly phase: string;
  readonly traceId: string;
  /** Unix seconds by the queue's clock. */
  readonly claimedAt: number;
  /** The last sign of progress, in unix seconds by the queue's clock. */
  readonly progressAt: number;
  readonly deliverableId: string | undefined;
  /** Id of the gate's check that passed in this attempt. */
  readonly artifactCheckId: string | undefined;
  readonly lease: { readonly expiresAt: number; readonly remainingSeconds: number; readonly risk: LeaseRisk };
}

/** What a worker is at. */
export interface WorkerStatus {
  readonly worker: JournalWorker;
  readonly health: WorkerHealth;
  readonly job: JobStatus | undefined;
  /** Why it is stuck or failing, what kind of trouble that is (R6.3) and what to do. */
  readonly stuck: { readonly reason: string; readonly class: StuckClass; readonly nextAction: string } | undefined;
  /** The newest wake-up whose end or claim was recorded. */
  readonly lastHeartbeat: { readonly atMillis: number; readonly status: string } | undefined;
  /** The last sign of life that was recorded, in unix milliseconds. */
  readonly lastSeenMillis: number | undefined;
  /** Consecutive claims that returned no job. */
  readonly noJobStreak: number;
  /** The budgeted run that it belongs to. */
  readonly run:
    | {
        readonly id: string;
        readonly startedAtMillis: number | undefined;
        /** Seconds since its start, or until it was cancelled. */
        readonly elapsedSeconds: number | undefined;
        /** The budget that it was cancelled by, else the one that holds now; 0 is none. */
        readonly budgetSeconds: number;
        readonly isCancelled: boolean;
      }
    | undefined;
}

/** The workers that a journal knows, each by pool and id. @throws WatchdogError `journal_unusable`. */
export function knownWorkers(journal: Journal): readonly JournalWorker[] {
  const scopes = new Set(
    ["heartbeat", "attempt", "no_job_streak", "claims", "session"].flatMap((key) => journal.scopes(key)),
  );
  return [...scopes].sort().flatMap((scope) => {
    const [, pool, id] = /^worker\/([^/]+)\/([^/]+)$/.exec(scope) ?? [];
    return pool === undefined || id === undefined ? [] : { pool: decodeURIComponent(pool), id: decodeURIComponent(id) };
  });
}

/** Reads what a worker is at. @throws WatchdogError `journal_unusable`. */
export function workerStatus(
  journal: Journal,
  worker: JournalWorker,
  policy: Policy,
  nowMillis: number = Date.now(),
  environment: Readonly<Record<string, string | undefined>> = process.env,
): WorkerStatus {
  const get = (key: string): JsonValue | undefined => journal.get(workerScope(worker), key);
  const attempt = attemptStateFrom(get("attempt"));
  const job = attempt === undefined ? undefined : jobStatus(attempt, policy, nowMillis);
  const streak = get("no_job_streak");
  const noJobStreak = typeof streak === "number" ? streak : 0;
  const run = runStatus(journal, ownField(get("run"), "id"), nowMillis, budgetOf(policy, environment));
  const heartbeat = journal.records({ kind: "worker_heartbeat", worker, limit: 1 })[0];
  const newest = journal.records({ worker, limit: 1 })[0];
  const trouble = troubles(get("trouble"));
  const stuck =
    attempt !== undefined && job?.isHeld === true && (attempt.state === "stuck" || job.lease.remainingSeconds <= 0)
      ? stuckStatus(journal, worker, attempt, job)
      : (trouble ?? emptyLoop(noJobStreak, policy, job));
  const lastSeenMillis = newest?.atMillis;
  const absentMillis = policy.heartbeat_interval_minutes * policy.thresholds.worker_absent_heartbeats * 60_000;
  return {
    worker: { pool: worker.pool, id: worker.id },
    health: healthOf({
      isKnown: newest !== undefined || attempt !== undefined,
      isCancelled: run?.isCancelled === true,
      isHeld: job?.isHeld === true,
      isStuck: job?.isHeld === true && stuck !== undefined,
      isFailing: trouble !== undefined,
      isAbsent: lastSeenMillis !== undefined && nowMillis - lastSeenMillis > absentMillis,
    }),
    job,
    stuck,
    lastHeartbeat:
      heartbeat === undefined
        ? undefined
        : { atMillis: heartbeat.atMillis, status: String(heartbeat.data["status"] ?? "none") },
    lastSeenMillis,
    noJobStreak,
    run,
  };
}

function healthOf(facts: Readonly<Record<`is${string}`, boolean>>): WorkerHealth {
  if (facts["isKnown"] !== true) return "unknown";
  if (facts["isCancelled"] === true) return "cancelled";
  if (facts["isStuck"] === true) return "stuck";
  if (facts["isHeld"] === true) return "working";
  if (facts["isAbsent"] === true) return "absent";
  return facts["isFailing"] === true ? "failing" : "idle";
}

function jobStatus(attempt: AttemptState, policy: Policy, nowMillis: number): JobStatus {
  const remainingSeconds = attempt.leaseExpiresAt - (nowMillis + attempt.queueOffsetMillis) / 1_000;
  return {
    id: attempt.jobId,
    isHeld: isHeldState(attempt) && attempt.endedAtMillis === null,
    state: attempt.state,
    phase: attempt.phase,
    traceId: attempt.traceId,
    claimedAt: attempt.startedAt,
    progressAt: attempt.progressAt,
    deliverableId: attempt.deliverableId ?? undefined,
    artifactCheckId: attempt.verified?.checkId,
    lease: {
      expiresAt: attempt.leaseExpiresAt,
      remainingSeconds,
      risk: leaseRisk(remainingSeconds, policy.thresholds),
    },
  };
}

function stuckStatus(
  journal: Journal,
  worker: JournalWorker,
  attempt: AttemptState,
  job: JobStatus,
): NonNullable<WorkerStatus["stuck"]> {
  const reason = attempt.stuckReason ?? "lease_expired";
  const open = Object.entries(attempt.incidents).filter(([, { count, cleared }]) => cleared < count);
  const runs = journal.records({ kind: "worker_run", worker, traceId: attempt.traceId });
  const { class: stuckClass, action } = classifyStuck({
    stuckReason: reason,
    verified: attempt.verified !== null,
    hasDeliverableId: attempt.deliverableId !== null,
    openIncidents: open.map(([incident]) => incident),
    failures: newestFailures(runs),
    leaseRemainingSeconds: job.lease.remainingSeconds,
    emptyClaims: 0,
  });
  return { reason, class: stuckClass, nextAction: action };
}

/** Codes of the phases whose newest run failed. */
function newestFailures(runs: readonly JournalRecord[]): Readonly<Record<string, string>> {
  const failures: Record<string, string> = {};
  for (const { data } of runs) {
    const { phase, status, error_code } = data;
    if (typeof phase !== "string" || status === "started") continue;
    if (typeof error_code === "string") failures[phase] = error_code;
    else delete failures[phase];
  }
  return failures;
}

/** The phase before a job that fails, where one does. */
function troubles(stored: JsonValue | undefined): WorkerStatus["stuck"] {
  if (typeof stored !== "object" || stored === null) return undefined;
  const failing = Object.entries(stored).find(([, trouble]) => {
    const tallies = Object.values((ownField(trouble, "tallies") as object | undefined) ?? {});
    return tallies.some((tally) => Number(ownField(tally, "cleared")) < Number(ownField(tally, "count")));
  });
  return failing === undefined
    ? undefined
    : { reason: `${failing[0]}_failed`, class: "transport", nextAction: "retouch_worker" };
}

function emptyLoop(noJobStreak: number, policy: Policy, job: JobStatus | undefined): WorkerStatus["stuck"] {
  if (job?.isHeld === true || noJobStreak < policy.thresholds.repeated_no_job_warn_count) return undefined;
  return { reason: "repeated_no_job", class: "no_job_loop", nextAction: "inspect_backlog_capabilities" };
}

function budgetOf(policy: Policy, environment: Readonly<Record<string, string | undefined>>): number {
  const seconds = policy.runtime_controls.run_wall_clock_seconds;
  try {
    return runSettings({ id: "any" }, seconds, environment).budgetSeconds;
  } catch {
    // A malformed variable stops the worker, not whoever looks at it.
    return seconds;
  }
}

function runStatus(journal: Journal, id: unknown, nowMillis: number, budgetSeconds: number): WorkerStatus["run"] {
  if (typeof id !== "string") return undefined;
  const startedAtMillis = journal.recordOnce(`run/${id}/start`)?.atMillis;
  const cancel = journal.recordOnce(cancelKey(id));
  const decision = cancel === undefined ? undefined : cancelDecisionFrom(id, cancel);
  const sinceStart = startedAtMillis === undefined ? undefined : (nowMillis - startedAtMillis) / 1_000;
  return {
    id,
    startedAtMillis,
    elapsedSeconds: decision?.elapsedSeconds ?? sinceStart,
    budgetSeconds: decision?.budgetSeconds ?? budgetSeconds,
    isCancelled: decision !== undefined,
  };
}
