/** Every metric of worker-watchdog: name, unit, kind, attributes and the names it has in Prometheus. */
import { ATTRIBUTES } from "./attributes.ts";

/** One metric in the table. */
export interface MetricDefinition {
  /** The OpenTelemetry name. */
  readonly name: string;
  /** A gauge row (see docs/concepts/rows.md), a counter, or a histogram that the Collector makes from spans. */
  readonly instrument: "gauge" | "counter" | "histogram";
  /** UCUM unit; a unit in braces adds nothing to the Prometheus name. */
  readonly unit: string;
  /** What one point says. */
  readonly description: string;
  /** Attribute keys of a point. */
  readonly attributes: readonly string[];
  /** The name in Prometheus, the same by push and by scrape. A histogram has `_bucket`, `_sum` and `_count` behind it. */
  readonly prometheusName: string;
}

const worker = [ATTRIBUTES.workerPool.key, ATTRIBUTES.workerId.key] as const;
/** What tells one attempt from every other: pool, worker, job and trace. */
const attempt = [...worker, ATTRIBUTES.jobId.key, ATTRIBUTES.traceId.key] as const;
const incident = [...attempt, ATTRIBUTES.incidentKind.key, ATTRIBUTES.incidentReason.key] as const;

/** Metrics by the name that code uses. */
export const METRICS = {
  claimStartedAt: {
    name: "worker.claim.started_at",
    instrument: "gauge",
    unit: "s",
    description: "Queue time of the claim, in unix seconds. Constant.",
    attributes: attempt,
    prometheusName: "worker_claim_started_at_seconds",
  },
  claimLeaseExpiresAt: {
    name: "worker.claim.lease_expires_at",
    instrument: "gauge",
    unit: "s",
    description: "The queue's lease expiry, in unix seconds; rises with each renewal.",
    attributes: attempt,
    prometheusName: "worker_claim_lease_expires_at_seconds",
  },
  claimArtifactVerifiedAt: {
    name: "worker.claim.artifact_verified_at",
    instrument: "gauge",
    unit: "s",
    description: "When the artifact gate passed, in unix seconds; absent until then.",
    attributes: attempt,
    prometheusName: "worker_claim_artifact_verified_at_seconds",
  },
  claimSettledAt: {
    name: "worker.claim.settled_at",
    instrument: "gauge",
    unit: "s",
    description: "When the queue acknowledged complete, fail, pause or release, in unix seconds; absent until then.",
    attributes: attempt,
    prometheusName: "worker_claim_settled_at_seconds",
  },
  claimReleasedAt: {
    name: "worker.claim.released_at",
    instrument: "gauge",
    unit: "s",
    description:
      "When the queue acknowledged that the job goes back to it unfinished, by pause or release, in unix seconds; absent otherwise.",
    attributes: attempt,
    prometheusName: "worker_claim_released_at_seconds",
  },
  claimProgressAt: {
    name: "worker.claim.progress_at",
    instrument: "gauge",
    unit: "s",
    description: "The attempt's last sign of progress, in unix seconds.",
    attributes: attempt,
    prometheusName: "worker_claim_progress_at_seconds",
  },
  claimAliveAt: {
    name: "worker.claim.alive_at",
    instrument: "gauge",
    unit: "s",
    description:
      "The attempt's last sign of life, in unix seconds: a phase, or the timer of the process that works on it.",
    attributes: attempt,
    prometheusName: "worker_claim_alive_at_seconds",
  },
  sessionLimitedUntil: {
    name: "worker.session.limited_until",
    instrument: "gauge",
    unit: "s",
    description:
      "When a session that waits for a limit's reset counts as dead, in unix seconds; absent where none waits.",
    attributes: attempt,
    prometheusName: "worker_session_limited_until_seconds",
  },
  sessionLimitCleared: {
    name: "worker.session.limit_cleared",
    instrument: "gauge",
    unit: "s",
    description:
      "The worker.session.limited_until whose wait is over: the session works again, or its death is told. Absent until then; a later limit is higher.",
    attributes: attempt,
    prometheusName: "worker_session_limit_cleared_seconds",
  },
  claimIncidents: {
    name: "worker.claim.incidents",
    instrument: "gauge",
    unit: "{incident}",
    description: "Incidents of one kind in this attempt so far, counted when final (after their one repair).",
    attributes: incident,
    prometheusName: "worker_claim_incidents",
  },
  claimIncidentsCleared: {
    name: "worker.claim.incidents_cleared",
    instrument: "gauge",
    unit: "{incident}",
    description:
      "How many of the incidents are over: rises to worker.claim.incidents when the same step later succeeds.",
    attributes: incident,
    prometheusName: "worker_claim_incidents_cleared",
  },
  completeUnprovenAt: {
    name: "worker.complete.unproven_at",
    instrument: "gauge",
    unit: "s",
    description:
      "When a complete was reported ok without the artifact gate's evidence, in unix seconds; made from its span by the Collector, with that span's trace.",
    attributes: attempt,
    prometheusName: "worker_complete_unproven_at_seconds",
  },
  noJobStreak: {
    name: "worker.no_job_streak",
    instrument: "gauge",
    unit: "{claim}",
    description: "Consecutive claims that returned no job; kept over restarts.",
    attributes: worker,
    prometheusName: "worker_no_job_streak",
  },
  silentHeartbeats: {
    name: "worker.silent_heartbeats",
    instrument: "gauge",
    unit: "{heartbeat}",
    description:
      "Consecutive heartbeats that ended with neither artifact, progress, an honest end nor a proposal; kept over restarts.",
    attributes: worker,
    prometheusName: "worker_silent_heartbeats",
  },
  queueOldestPendingAt: {
    name: "worker.queue.oldest_pending_at",
    instrument: "gauge",
    unit: "s",
    description:
      "When the pool's oldest eligible pending job was queued, in unix seconds, as the worker last heard; absent where it holds none.",
    attributes: worker,
    prometheusName: "worker_queue_oldest_pending_at_seconds",
  },
  queuePendingJobs: {
    name: "worker.queue.pending_jobs",
    instrument: "gauge",
    unit: "{job}",
    description: "Eligible pending jobs of the pool, as the worker last heard.",
    attributes: worker,
    prometheusName: "worker_queue_pending_jobs",
  },
  claimPolledAt: {
    name: "worker.claim.polled_at",
    instrument: "gauge",
    unit: "s",
    description: "When the worker last asked for a job, in unix seconds.",
    attributes: worker,
    prometheusName: "worker_claim_polled_at_seconds",
  },
  clockOffset: {
    name: "worker.clock_offset",
    instrument: "gauge",
    unit: "s",
    description:
      "How far the worker's clock is ahead of the job service's, in seconds; negative where it is behind. Uncertain by its round trip and a second.",
    attributes: worker,
    prometheusName: "worker_clock_offset_seconds",
  },
  aliveAt: {
    name: "worker.alive_at",
    instrument: "gauge",
    unit: "s",
    description: "The worker's last sign of life, in unix seconds.",
    attributes: worker,
    prometheusName: "worker_alive_at_seconds",
  },
  startedAt: {
    name: "worker.started_at",
    instrument: "gauge",
    unit: "s",
    description:
      "When the worker's newest process gave its first sign of life, in unix seconds, with the worker's role.",
    attributes: [...worker, ATTRIBUTES.workerRole.key],
    prometheusName: "worker_started_at_seconds",
  },
  stoppedAt: {
    name: "worker.stopped_at",
    instrument: "gauge",
    unit: "s",
    description: "When the worker signed off with no job held, in unix seconds; absent until then.",
    attributes: worker,
    prometheusName: "worker_stopped_at_seconds",
  },
  claims: {
    name: "worker.claims",
    instrument: "counter",
    unit: "{claim}",
    description: "Claims by outcome. A plain counter: it tells that rows are missing where a pipeline drops them.",
    attributes: [...worker, ATTRIBUTES.claimOutcome.key],
    prometheusName: "worker_claims_total",
  },
  repairs: {
    name: "worker.repairs",
    instrument: "counter",
    unit: "{repair}",
    description: "Repairs by trigger and result, counted from log events by the Collector, per pool.",
    attributes: [ATTRIBUTES.workerPool.key, ATTRIBUTES.repairTrigger.key, ATTRIBUTES.repairResult.key],
    prometheusName: "worker_repairs_total",
  },
  phaseDuration: {
    name: "worker.phase.duration",
    instrument: "histogram",
    unit: "s",
    description: "Duration of phase invocations, made from spans by the Collector, per pool.",
    attributes: [ATTRIBUTES.workerPool.key, ATTRIBUTES.phase.key, ATTRIBUTES.phaseStatus.key],
    prometheusName: "worker_phase_duration_seconds",
  },
  leaseMargin: {
    name: "worker.lease.margin",
    instrument: "histogram",
    unit: "s",
    description: "Seconds of lease left when a complete succeeded, made from spans by the Collector, per pool.",
    attributes: [ATTRIBUTES.workerPool.key],
    prometheusName: "worker_lease_margin_seconds",
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** Names a metric in the table. */
export type MetricKey = keyof typeof METRICS;

/** Names a metric that is exported as rows: a gauge, or a counter whose total outlives the process. */
export type RowMetricKey = {
  [K in MetricKey]: (typeof METRICS)[K]["instrument"] extends "gauge" | "counter" ? K : never;
}[MetricKey];

/** The Prometheus label that an attribute key becomes. */
export function prometheusLabel(attributeKey: string): string {
  return attributeKey.replaceAll(/[^a-zA-Z0-9_]/g, "_");
}
