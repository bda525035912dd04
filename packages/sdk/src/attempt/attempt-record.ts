/** An attempt as its record says it (R9.1). */

import type { RecordFields } from "../semconv/index.ts";
import type { AttemptState } from "./attempt-state.ts";
import { isHeldState } from "./attempt-state.ts";

/** Where an attempt stands, in the records' words: a dead session blocks a job that is still held (R8.2). */
export function recordedState(state: Readonly<AttemptState>): string {
  return state.sessionDeath !== null && isHeldState(state) ? "blocked_on_session_death" : state.state;
}

/** The fields of a `worker_job_attempt` record. `reason` is what the worker gave for its end. */
export function attemptRecord(
  state: Readonly<AttemptState>,
  reason: string | undefined,
): RecordFields<"worker_job_attempt"> {
  return {
    state: recordedState(state),
    phase: state.phase,
    primary_artifact_ref: state.verified?.checkId ?? null,
    complete_status: state.completeStatus,
    error_code: state.stuckReason,
    error_message: reason ?? null,
    started: state.startedAt,
    completed: state.settledAt,
  };
}
