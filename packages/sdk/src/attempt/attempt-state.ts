/** What is known of one attempt, as plain JSON: kept in the journal, so that a restarted or one-shot process goes on where another stopped. */
import type { VerifiedArtifactFields } from "../artifact/verified-artifact.ts";
import type { JsonValue } from "../journal/journal.ts";
import { isPlainLabel } from "../plain-label.ts";
import { SESSION_CLASSES, type SessionClass } from "../semconv/index.ts";
import type { JobState } from "./job-state.ts";

/** Incidents of one kind and reason. */
export interface IncidentTally {
  count: number;
  cleared: number;
}

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
  readonly incidents: Record<string, IncidentTally>;
}

/** How a complete ends, as `worker_job_attempt` says it. */
export type CompleteStatus = "ok" | "rejected" | "unknown" | "not_found" | "lease_lost";

const COMPLETE_STATUSES: readonly CompleteStatus[] = ["ok", "rejected", "unknown", "not_found", "lease_lost"];
const STATES: readonly JobState[] = ["running", "stuck", "completed", "failed", "paused", "released"];
const SPAN_ID = /^[0-9a-f]{16}$/;
const TRACE_ID = /^[0-9a-f]{32}$/;

/**
 * Reads a stored state. A field that is not as it should be takes its stated default: the attempt is then worth less, never more (no artifact, not
 * settled, lease over). Undefined where it does not even say which attempt it is.
 */
export function attemptStateFrom(value: JsonValue | undefined): AttemptState | undefined {
  const stored = objectOf(value);
  const jobId = stored["jobId"];
  const traceId = stored["traceId"];
  if (!isPlainLabel(jobId) || typeof traceId !== "string" || !TRACE_ID.test(traceId)) return undefined;
  const startedAt = numberOf(stored["startedAt"]) ?? 0;
  const parentSpanId = stored["parentSpanId"];
  const stuckReason = stored["stuckReason"];
  return {
    jobId: jobId as string,
    traceId,
    parentSpanId: typeof parentSpanId === "string" && SPAN_ID.test(parentSpanId) ? parentSpanId : "0".repeat(16),
    traceFlags: numberOf(stored["traceFlags"]) ?? 0,
    deliverableId: typeof stored["deliverableId"] === "string" ? stored["deliverableId"] : null,
    artifactKinds: stringsOf(stored["artifactKinds"]),
    startedAt,
    revision: numberOf(stored["revision"]) ?? 0,
    leaseExpiresAt: numberOf(stored["leaseExpiresAt"]) ?? 0,
    queueOffsetMillis: numberOf(stored["queueOffsetMillis"]) ?? 0,
    state: STATES.find((state) => state === stored["state"]) ?? "stuck",
    stuckReason: typeof stuckReason === "string" ? stuckReason : null,
    phase: typeof stored["phase"] === "string" ? stored["phase"] : "claim",
    progressAt: numberOf(stored["progressAt"]) ?? startedAt,
    aliveAt: numberOf(stored["aliveAt"]) ?? startedAt,
    contextFailed: stored["contextFailed"] === true,
    notFound: stored["notFound"] === true,
    verified: verifiedFrom(stored["verified"], jobId as string, traceId),
    settledAt: numberOf(stored["settledAt"]) ?? null,
    completeStatus: COMPLETE_STATUSES.find((status) => status === stored["completeStatus"]) ?? null,
    endedAtMillis: numberOf(stored["endedAtMillis"]) ?? null,
    sessionDeath: SESSION_CLASSES.find((death) => death === stored["sessionDeath"]) ?? null,
    limitedUntil: numberOf(stored["limitedUntil"]) ?? null,
    limitCleared: numberOf(stored["limitCleared"]) ?? null,
    incidents: incidentsFrom(stored["incidents"]),
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

/** Whether a process works on it, or did when it was killed. */
export function isWorkedOn(state: AttemptState): boolean {
  return isHeldState(state) && state.endedAtMillis === null;
}

function verifiedFrom(value: JsonValue | undefined, jobId: string, traceId: string): AttemptState["verified"] {
  const stored = objectOf(value);
  const text = (key: string): string | undefined => {
    const found = stored[key];
    return typeof found === "string" && found !== "" ? found : undefined;
  };
  const [recordUrl, filesUrl, checkId, sha256] = [text("recordUrl"), text("filesUrl"), text("checkId"), text("sha256")];
  const httpStatus = numberOf(stored["httpStatus"]);
  const finalStatus = numberOf(stored["finalStatus"]);
  const fileCount = numberOf(stored["fileCount"]);
  if (stored["jobId"] !== jobId || stored["attemptId"] !== traceId) return null;
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
    kinds: stringsOf(stored["kinds"]),
    checkedAt: numberOf(stored["checkedAt"]) ?? 0,
    evidenceRef: text("evidenceRef") ?? "",
  };
}

function incidentsFrom(value: JsonValue | undefined): Record<string, IncidentTally> {
  const found: Record<string, IncidentTally> = {};
  for (const [key, entry] of Object.entries(objectOf(value))) {
    const tally = objectOf(entry);
    const count = numberOf(tally["count"]) ?? 0;
    if (count > 0 && Number.isSafeInteger(count))
      found[key] = { count, cleared: Math.min(count, Math.max(0, numberOf(tally["cleared"]) ?? 0)) };
  }
  return found;
}

function objectOf(value: JsonValue | undefined): Readonly<Record<string, JsonValue>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, JsonValue>>)
    : {};
}

function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function stringsOf(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === "string") : [];
}
