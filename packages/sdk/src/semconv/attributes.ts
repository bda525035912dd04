/** Attribute keys of worker-watchdog's spans, metrics and log events, with what each may hold. */
import { CREDENTIAL_KINDS } from "./credential-kinds.ts";

/** Shape of one attribute in the table. */
export interface AttributeDefinition {
  /** The OpenTelemetry attribute key. */
  readonly key: string;
  /** What it holds, in one sentence; shown in the generated reference. */
  readonly description: string;
  /** The only values it takes, where the set is closed; absent where it is open. */
  readonly values?: readonly string[] | undefined;
}

/** The nine phases of a worker's day (R2), in order. */
export const PHASES = [
  "doctor",
  "touch",
  "claim",
  "context",
  "progress",
  "build",
  "upload",
  "artifact",
  "complete",
] as const;
/** One of the nine phases. A worker may declare phases of its own beside them. */
export type Phase = (typeof PHASES)[number];

/** How one invocation of a phase ended: `retried` failed and its one retry follows; `failed` is final. */
export const PHASE_STATUSES = ["ok", "retried", "failed", "stuck"] as const;
/** How one invocation of a phase ended. */
export type PhaseStatus = (typeof PHASE_STATUSES)[number];

/** What a claim came back with. */
export const CLAIM_OUTCOMES = ["job", "no_job", "failed"] as const;
/** What a claim came back with. */
export type ClaimOutcome = (typeof CLAIM_OUTCOMES)[number];

/** Why the artifact gate did not pass, or an attempt has no verified artifact. */
export const ARTIFACT_REASONS = [
  "http_status",
  "redirect_refused",
  "sign_in_page",
  "address_refused",
  "transport",
  "too_large",
  "empty_artifact",
  "file_list_unreadable",
  "empty_file_list",
  "count_mismatch",
  "digest_mismatch",
  "publish_failed",
  "attempt_ended",
  "lease_expiring",
] as const;
/** Why the artifact gate did not pass, or an attempt has no verified artifact. */
export type ArtifactReason = (typeof ARTIFACT_REASONS)[number];

/** Why a complete was rejected for good. */
export const REJECTION_REASONS = [
  "missing_artifact_kind",
  "kind_not_addable",
  "no_primary_artifact",
  "lease_lost",
  "other",
] as const;
/** Why a complete was rejected for good. */
export type RejectionReason = (typeof REJECTION_REASONS)[number];

/** How an agent's session can die, or be kept waiting (R8). */
export const SESSION_CLASSES = [
  "token_revoked",
  "credit_limit",
  "usage_limit",
  "rate_limit",
  "limit_unknown",
  "no_success",
] as const;
/** How an agent's session can die, or be kept waiting (R8). */
export type SessionClass = (typeof SESSION_CLASSES)[number];

/** What sets a repair off: the rows of R6. */
export const REPAIR_TRIGGERS = [
  "claim_silent",
  "transport",
  "complete_unknown",
  "lease_emergency",
  "missing_artifact_kind",
  "repeated_no_job",
  "queue_stuck",
  "lease_expired",
  "gate_failure",
] as const;
/** What sets a repair off. */
export type RepairTrigger = (typeof REPAIR_TRIGGERS)[number];

/** How a repair ended (R6.2). */
export const REPAIR_RESULTS = ["success", "failed", "needs_human"] as const;
/** How a repair ended. */
export type RepairResult = (typeof REPAIR_RESULTS)[number];

/** How near a lease is to its end (R6.5). */
export const LEASE_RISKS = ["normal", "near_expiry", "expired", "stale"] as const;
/** How near a lease is to its end. */
export type LeaseRisk = (typeof LEASE_RISKS)[number];

/** What kind of stuck a job is (R6.3). */
export const STUCK_CLASSES = [
  "no_job_loop",
  "lease_expiry",
  "missing_deliverable_id",
  "artifact_gap",
  "complete_rejected",
  "job_not_found",
  "transport",
  "session_dead",
  "no_progress",
  "unknown",
] as const;
/** What kind of stuck a job is. */
export type StuckClass = (typeof STUCK_CLASSES)[number];

/** The reasons that each kind of incident may carry. Both sets are closed: they are metric labels. */
export const INCIDENT_REASONS = {
  artifact_missing: ARTIFACT_REASONS,
  complete_rejected: REJECTION_REASONS,
  complete_unknown: ["transport", "not_found_on_retry"],
  job_not_found: ["context", "progress", "complete"],
  lease_lost: ["expired", "taken_over"],
  missing_deliverable_id: ["none_assigned"],
  // The library tells the first; the rules see the second in the open claims of any worker.
  multiple_primary_jobs: ["late_claim", "held_at_once"],
  phase_failed: [...PHASES, "own_phase"],
  repair_exhausted: REPAIR_TRIGGERS,
  session_dead: SESSION_CLASSES,
  session_cancelled: ["wall_clock"],
  control_store_unreadable: ["unreadable", "unwritable"],
  secret_redacted: CREDENTIAL_KINDS,
} as const;
/** The kinds of incident that an attempt or a worker can record; each is an alert of its own. */
export type IncidentKind = keyof typeof INCIDENT_REASONS;
/** The reasons of one kind of incident. */
export type IncidentReason<K extends IncidentKind = IncidentKind> = (typeof INCIDENT_REASONS)[K][number];

/** Attribute keys by the name that code uses. */
export const ATTRIBUTES = {
  workerId: { key: "worker.id", description: "The worker's name, stable across restarts." },
  workerPool: { key: "worker.pool", description: "The pool of interchangeable workers that the worker belongs to." },
  workerRole: { key: "worker.role", description: "What the worker is for within its pool." },
  jobId: { key: "job.id", description: "The queue's id of the job." },
  traceId: {
    key: "trace.id",
    description: "Trace id of the attempt: the link from a page to its trace, and what tells two attempts apart.",
  },
  phase: { key: "worker.phase", description: "The phase: one of the nine, or the worker's own." },
  phaseStatus: {
    key: "worker.phase.status",
    description: "How this invocation of the phase ended.",
    values: PHASE_STATUSES,
  },
  phaseFailure: { key: "worker.phase.failure", description: "Why the phase failed, as a code." },
  claimOutcome: { key: "worker.claim.outcome", description: "What the claim came back with.", values: CLAIM_OUTCOMES },
  progressStage: { key: "worker.progress.stage", description: "The stage that a progress report names." },
  leaseExpiresAt: { key: "worker.lease.expires_at", description: "The queue's lease expiry, in unix seconds." },
  leaseRemaining: {
    key: "worker.lease.remaining_seconds",
    description: "Seconds of lease left when the phase began; on the complete span it is the lease margin.",
  },
  runId: { key: "worker.run.id", description: "Id of the budgeted run, stable across restarts." },
  deliverableId: { key: "worker.deliverable.id", description: "The queue's slot for uploads." },
  uploadSkipped: { key: "worker.upload.skipped_reason", description: "Why the upload was skipped." },
  artifactUrl: { key: "worker.artifact.url", description: "The artifact's address, without query and credentials." },
  artifactCheckId: { key: "worker.artifact.check_id", description: "Id of the gate's check that this span rests on." },
  artifactStatus: { key: "worker.artifact.http_status", description: "Status of the gate's first response." },
  artifactFileCount: { key: "worker.artifact.file_count", description: "Entries in the artifact's file list." },
  artifactSha256: { key: "worker.artifact.sha256", description: "SHA-256 of the artifact, in hex." },
  evidenceRef: { key: "worker.evidence_ref", description: "Reference of the evidence kept in the worker's journal." },
  outputSha256: { key: "worker.output.sha256", description: "SHA-256 of the raw result, in hex." },
  incidentKind: {
    key: "kind",
    description: "The kind of incident.",
    values: Object.keys(INCIDENT_REASONS),
  },
  incidentReason: { key: "reason", description: "Why, from the closed set of its kind." },
  repairTrigger: { key: "trigger", description: "What set a repair off.", values: REPAIR_TRIGGERS },
  repairResult: { key: "result", description: "How a repair ended.", values: REPAIR_RESULTS },
  errorType: { key: "error.type", description: "The class of error, as OpenTelemetry defines it." },
} as const satisfies Readonly<Record<string, AttributeDefinition>>;
