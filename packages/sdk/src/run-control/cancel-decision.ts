/** The decision that a run is over, as its one stored event says it (R7.2, R7.4). */
import type { JournalRecord, JsonValue } from "../journal/journal.ts";

/** Why and when a run was cancelled. */
export interface CancelDecision {
  readonly runId: string;
  /** When it was decided, in unix milliseconds. A stored value that is no time: the time of the event itself. */
  readonly atMillis: number;
  /** Wall-clock seconds that the run had taken. A stored value that is no number: 0. */
  readonly elapsedSeconds: number;
  /** The budget then, in seconds. A stored value that is no number: 0. */
  readonly budgetSeconds: number;
  /** The job that was held; undefined where there was none. */
  readonly jobId: string | undefined;
  /** Trace of the attempt or heartbeat that was cancelled; empty where it is not stored. */
  readonly traceId: string;
}

/** Reads a stored event. A malformed field takes its default: the run is cancelled all the same. */
export function cancelDecisionFrom(runId: string, record: JournalRecord): CancelDecision {
  const { decided_at, elapsed_seconds, budget_seconds } = record.data;
  const decidedAt = numberOf(decided_at);
  return {
    runId,
    atMillis: decidedAt === undefined ? record.atMillis : decidedAt * 1_000,
    elapsedSeconds: numberOf(elapsed_seconds) ?? 0,
    budgetSeconds: numberOf(budget_seconds) ?? 0,
    jobId: record.jobId,
    traceId: record.traceId ?? "",
  };
}

function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}
