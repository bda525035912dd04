/** Carries out repairs, on whose authority it may, and writes each down with its result (R6.1, R6.2). */
import { context } from "@opentelemetry/api";
import type { Attempt } from "../attempt/attempt.ts";
import { AttemptRows } from "../attempt/attempt-rows.ts";
import { pause } from "../clock.ts";
import type { JsonValue } from "../journal/journal.ts";
import { boundedCall } from "../phase/bounded-call.ts";
import { failureOfError, failureOfResult } from "../phase/phase-failure.ts";
import { EVENTS, type RepairResult, type RepairTrigger } from "../semconv/index.ts";
import type { WorkerContext } from "../worker/worker-context.ts";
import { type Forbidden, whyForbidden } from "./repair-authority.ts";
import { countRepair } from "./repair-outcomes.ts";
import { type RepairRow, repairRow } from "./repair-table.ts";

/** What an audit record says beside the row. */
export interface RepairDetails {
  readonly jobId?: string | undefined;
  readonly traceId: string;
  readonly phase: string;
  /** The attempt's state before. */
  readonly oldState?: string | undefined;
  /** And after. */
  readonly newState?: string | undefined;
  /** Why, as a code. */
  readonly reason?: string | undefined;
  /** SHA-256 of the output that led to it, in hex. */
  readonly outputHash?: string | undefined;
  /** The attempt's rows, where there is one. */
  readonly rows?: AttemptRows | undefined;
  /** Further facts, for the event alone. */
  readonly data?: Readonly<Record<string, JsonValue>>;
}

/** Does what comes before a retry: touches the worker and waits, as the row says. A touch that fails does not stop the retry. */
export async function prepareRetry<P>(worker: WorkerContext<P>, row: RepairRow, signal?: AbortSignal): Promise<void> {
  const { policy, clock } = worker.options;
  if (row.touchFirst) await touch(worker, signal);
  if (row.waits) await pause(clock, policy.thresholds.repair_wait_seconds * 1_000, signal);
}

/**
 * Carries out a repair where its authority and the policy allow it; otherwise it is proposed, and `act` is never called.
 *
 * @param act Gives the result. What it throws is a failed repair.
 */
export async function carryOut<P>(
  worker: WorkerContext<P>,
  row: RepairRow,
  details: RepairDetails,
  act: () => RepairResult | PromiseLike<RepairResult>,
): Promise<RepairResult> {
  const forbidden = whyForbidden(row, worker.options.policy.self_heal);
  if (forbidden !== undefined) {
    proposeRepair(worker, row, forbidden, details);
    return "needs_human";
  }
  let result: RepairResult;
  let reason = details.reason;
  try {
    result = await act();
  } catch (error) {
    result = "failed";
    reason = failureOfError(error).code;
  }
  recordRepair(worker, row, result, { ...details, reason });
  return result;
}

/** Whether a repair that is made once an attempt was made or proposed already, by whichever process of the worker. */
export function isSpent<P>(attempt: Attempt<P>, { trigger, once }: RepairRow): boolean {
  if (once !== "attempt") return false;
  const { worker, traceId } = attempt;
  const query = { kind: "repair_action", traceId, limit: 1_000 } as const;
  const made = worker.telemetry.guard(() => worker.options.journal.records(query)) ?? [];
  return made.some(({ data }) => data["trigger"] === trigger);
}

/** A repair that was due, and that the policy does not allow: written down for a person to decide. Nothing where it is allowed. */
export function refuseRepair<P>(worker: WorkerContext<P>, trigger: RepairTrigger, details: RepairDetails): void {
  const row = repairRow(trigger);
  if (row === undefined) return;
  const forbidden = whyForbidden(row, worker.options.policy.self_heal);
  if (forbidden !== undefined) proposeRepair(worker, row, forbidden, details);
}

/** Proposes a repair that only a person or a supervisor may carry out. */
export function proposeRepair<P>(
  worker: WorkerContext<P>,
  row: RepairRow,
  forbidden: Forbidden,
  details: RepairDetails,
): void {
  recordRepair(worker, row, "needs_human", { ...details, reason: details.reason ?? forbidden });
  worker.telemetry.record(EVENTS.escalationSent, {
    jobId: details.jobId,
    traceId: details.traceId,
    data: { trigger: row.trigger, action: row.action, authority: row.authority, forbidden, ...details.data },
  });
  // What a supervisor decides has alerts of its own (6 and 7); what the policy withholds has none.
  if (row.authority === "supervisor") return;
  (details.rows ?? rowsWithoutAttempt(worker, details)).incident("repair_exhausted", row.trigger);
}

/** Writes the audit record of one repair. */
export function recordRepair<P>(
  worker: WorkerContext<P>,
  row: RepairRow,
  result: RepairResult,
  details: RepairDetails,
): void {
  const { journal, worker: identity } = worker.options;
  const evidence = `attempt:${details.traceId}`;
  const data = {
    trigger: row.trigger,
    action: row.action,
    phase: details.phase,
    old_state: details.oldState ?? null,
    new_state: details.newState ?? null,
    actor: "watchdog",
    authority: row.authority,
    reason: details.reason ?? null,
    class: row.stuckClass,
    output_hash: details.outputHash ?? null,
    evidence_ref: evidence,
    result,
  };
  worker.write("repair_action", { jobId: details.jobId, traceId: details.traceId, data });
  worker.telemetry.record(EVENTS.repair, {
    jobId: details.jobId,
    traceId: details.traceId,
    data: { ...data, ...details.data },
  });
  const { stuckClass, action } = row;
  // What blocks, and what only reads, makes nothing whole: it says nothing about what works.
  if (action === "block_complete" || action === "read_job_state") return;
  worker.telemetry.guard(() => countRepair(journal, identity.pool, { stuckClass, action, result }));
}

/** Writes the audit record of a step that the worker itself took: complete, fail, pause or release (R6.2). */
export function recordStep<P>(
  attempt: Attempt<P>,
  step: Pick<RepairDetails, "phase" | "oldState" | "reason" | "outputHash"> & {
    readonly action: "complete" | "fail" | "pause" | "release";
    readonly result: RepairResult;
    /** Who took it. Default: worker. */
    readonly actor?: "worker" | "watchdog" | undefined;
  },
): void {
  const { worker, traceId, description, state } = attempt;
  worker.write("repair_action", {
    jobId: description.id,
    traceId,
    data: {
      trigger: "worker_step",
      action: step.action,
      phase: step.phase,
      old_state: step.oldState ?? null,
      new_state: state,
      actor: step.actor ?? "worker",
      authority: "worker",
      reason: step.reason ?? null,
      class: null,
      output_hash: step.outputHash ?? null,
      evidence_ref: `attempt:${traceId}`,
      result: step.result,
    },
  });
}

/** Rows of an incident that no attempt owns: exported for a minute, and remembered by the rules. */
function rowsWithoutAttempt<P>(worker: WorkerContext<P>, details: RepairDetails): AttemptRows {
  const { worker: identity, clock } = worker.options;
  const rows = new AttemptRows(worker.table, clock, {
    workerPool: identity.pool,
    workerId: identity.id,
    jobId: worker.exportedId(details.jobId ?? ""),
    traceId: details.traceId,
  });
  rows.keepUntil(clock.now());
  return rows;
}

async function touch<P>(worker: WorkerContext<P>, signal: AbortSignal | undefined): Promise<void> {
  const { helper } = worker.options;
  if (helper.touch === undefined) return;
  let failure: string | undefined;
  try {
    const result = await boundedCall(worker.bounds(context.active(), signal), helper.touch);
    if (worker.passes("touch")(result)) worker.alive();
    else failure = failureOfResult(result).code;
  } catch (error) {
    failure = failureOfError(error).code;
  }
  worker.telemetry.record(EVENTS.repair, {
    data: {
      action: "retouch_worker",
      result: failure === undefined ? "success" : "failed",
      ...(failure === undefined ? {} : { failure }),
    },
  });
}
