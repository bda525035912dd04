/** What is known of one attempt, as plain JSON: kept in the journal, so that a restarted or one-shot process goes on where another stopped. */
import { INVALID_SPANID } from "@opentelemetry/api";
import type { VerifiedArtifactFields } from "../artifact/verified-artifact.ts";
import type { JsonValue } from "../journal/journal.ts";
import { ownField, ownNumber, ownText, ownTexts } from "../own-field.ts";
import { isSpanId, isTraceId } from "../phase/trace-context.ts";
import { isPlainLabel } from "../plain-label.ts";
import { SESSION_CLASSES, type SessionClass } from "../semconv/index.ts";
import { type IncidentTallies, incidentTalliesFrom } from "./incident-tally.ts";
import type { JobState } from "./job-state.ts";

/** The state of one attempt. Times are unix seconds by the queue's clock, unless said otherwise. */
export interface AttemptState {
  readonly jobId: string;
  readonly traceId: string;
  /** Span of the claim: parent of the job's phases. */
  readonly parentSpanId: string;
  readonly traceFlags: number;
  readonly deliverableId: string | null;
  readonly artifactKinds: readonly string[];
  readonly startedAt: number;
  /** Counts the changes, so that it can be told what a receiver has seen. */
  revision: number;
  leaseExpiresAt: number;
  /** The queue's clock less the worker's, in milliseconds. */
  queueOffsetMillis: number;
  state: JobState;
  stuckReason: string | null;
  /** The phase that was entered last. */
  phase: string;
  progressAt: number;
  aliveAt: number;
  contextFailed: boolean;
  notFound: boolean;
  /** What the gate found; null until it has passed. Its addresses are without query and credentials. */
  verified: Omit<VerifiedArtifactFields, "url"> | null;
  settledAt: number | null;
  /** How the last complete ended; null where none was tried. */
  completeStatus: CompleteStatus | null;
  /** When the worker was done with the job, in unix milliseconds by the worker's clock; null while it works on it. */
  endedAtMillis: number | null;
  /** The session's death that blocks the job. */
  sessionDeath: SessionClass | null;
  /** When a session that waits for its limit's reset counts as dead. */
  limitedUntil: number | null;
  /** The {@link AttemptState.limitedUntil} whose wait is over: the session works again. */
  limitCleared: number | null;
  /** Tallies by `<kind> <reason>`. */
  readonly incidents: IncidentTallies;
}

/** How a complete ends, as `worker_job_attempt` says it. */
export type CompleteStatus = "ok" | "rejected" | "unknown" | "not_found" | "lease_lost";

const COMPLETE_STATUSES: readonly CompleteStatus[] = ["ok", "rejected", "unknown", "not_found", "lease_lost"];
const STATES: readonly JobState[] = ["running", "stuck", "completed", "failed", "paused", "released"];

/**
 * Reads a stored state. A field that is not as it should be takes its stated default: the attempt is then worth less, never more (no artifact, not
 * settled, lease over). Undefined where it does not even say which attempt it is.
 */
export function attemptStateFrom(stored: JsonValue | undefined): AttemptState | undefined {
  const jobId = ownText(stored, "jobId");
  const traceId = ownText(stored, "traceId");
  if (jobId === undefined || !isPlainLabel(jobId) || !isTraceId(traceId)) return undefined;
  const time = (key: string): number | null => ownNumber(stored, key) ?? null;
  const startedAt = ownNumber(stored, "startedAt") ?? 0;
  const parentSpanId = ownText(stored, "parentSpanId");
  return {
    jobId,
    traceId,
    parentSpanId: isSpanId(parentSpanId) ? parentSpanId : INVALID_SPANID,
    traceFlags: ownNumber(stored, "traceFlags") ?? 0,
    deliverableId: ownText(stored, "deliverableId") ?? null,
    artifactKinds: ownTexts(stored, "artifactKinds"),
    startedAt,
    revision: ownNumber(stored, "revision") ?? 0,
    leaseExpiresAt: ownNumber(stored, "leaseExpiresAt") ?? 0,
    queueOffsetMillis: ownNumber(stored, "queueOffsetMillis") ?? 0,
    state: STATES.find((state) => state === ownField(stored, "state")) ?? "stuck",
    stuckReason: ownText(stored, "stuckReason") ?? null,
    phase: ownText(stored, "phase") ?? "claim",
    progressAt: ownNumber(stored, "progressAt") ?? startedAt,
    aliveAt: ownNumber(stored, "aliveAt") ?? startedAt,
    contextFailed: ownField(stored, "contextFailed") === true,
    notFound: ownField(stored, "notFound") === true,
    verified: verifiedFrom(ownField(stored, "verified"), jobId, traceId),
    settledAt: time("settledAt"),
    completeStatus: COMPLETE_STATUSES.find((status) => status === ownField(stored, "completeStatus")) ?? null,
    endedAtMillis: time("endedAtMillis"),
    sessionDeath: SESSION_CLASSES.find((death) => death === ownField(stored, "sessionDeath")) ?? null,
    limitedUntil: time("limitedUntil"),
    limitCleared: time("limitCleared"),
    incidents: incidentTalliesFrom(ownField(stored, "incidents") as JsonValue | undefined),
  };
}

/** The state as it is stored. */
export function attemptStateJson(state: AttemptState): JsonValue {
  return state as unknown as JsonValue;
}

/** Whether the worker still answers for the job. */
export function isHeldState({ state }: AttemptState): boolean {
  return state === "running" || state === "stuck";
}

/** Whether the job went back to the queue unfinished. */
export function isGivenBackState({ state }: Readonly<AttemptState>): boolean {
  return state === "paused" || state === "released";
}

/** Whether a process works on it, or did when it was killed. */
export function isWorkedOn(state: AttemptState): boolean {
  return isHeldState(state) && state.endedAtMillis === null;
}

function verifiedFrom(stored: unknown, jobId: string, traceId: string): AttemptState["verified"] {
  const text = (key: string): string | undefined => ownText(stored, key) || undefined;
  const [recordUrl, filesUrl, checkId, sha256] = [text("recordUrl"), text("filesUrl"), text("checkId"), text("sha256")];
  const httpStatus = ownNumber(stored, "httpStatus");
  const finalStatus = ownNumber(stored, "finalStatus");
  const fileCount = ownNumber(stored, "fileCount");
  if (text("jobId") !== jobId || text("attemptId") !== traceId) return null;
  if (recordUrl === undefined || filesUrl === undefined || checkId === undefined || sha256 === undefined) return null;
  if (httpStatus === undefined || finalStatus === undefined || fileCount === undefined || fileCount < 1) return null;
  return {
    jobId,
    attemptId: traceId,
    recordUrl,
    filesUrl,
    checkId,
    httpStatus,
    finalStatus,
    fileCount,
    sha256,
    kinds: ownTexts(stored, "kinds"),
    checkedAt: ownNumber(stored, "checkedAt") ?? 0,
    evidenceRef: text("evidenceRef") ?? "",
  };
}
