/** Labels of the rules: what tells an attempt, an incident and a worker apart, as PromQL label lists. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { ATTRIBUTES, prometheusLabel } from "@worker-watchdog/sdk/semconv";

/** Prometheus label of each attribute that rules and pages use. */
export const LABELS = {
  workerPool: prometheusLabel(ATTRIBUTES.workerPool.key),
  workerId: prometheusLabel(ATTRIBUTES.workerId.key),
  jobId: prometheusLabel(ATTRIBUTES.jobId.key),
  traceId: prometheusLabel(ATTRIBUTES.traceId.key),
  kind: prometheusLabel(ATTRIBUTES.incidentKind.key),
  reason: prometheusLabel(ATTRIBUTES.incidentReason.key),
  severity: "severity",
  owner: "owner",
  /** The alert's policy key: routes, inhibition and dashboards match on it, so that an alert may be renamed. */
  alertKey: "alert_key",
  phase: "phase",
  workerRole: prometheusLabel(ATTRIBUTES.workerRole.key),
  claimOutcome: prometheusLabel(ATTRIBUTES.claimOutcome.key),
  repairTrigger: prometheusLabel(ATTRIBUTES.repairTrigger.key),
  repairResult: prometheusLabel(ATTRIBUTES.repairResult.key),
  /** Prometheus' own two labels: the service that a series is of, and its process. Never those of a job. */
  service: "job",
  instance: "instance",
  /** How near a held job's lease is to its end (R6.5). */
  risk: "risk",
  /** Which of a pool's objectives (R4.5), and over which window its error budget burns. */
  objective: "objective",
  window: "window",
} as const;

/** The label that tells clusters apart, where the policy names one. */
export function clusterLabels({ series }: Pick<Policy, "series">): readonly string[] {
  return series.cluster_label === undefined ? [] : [series.cluster_label];
}

const worker = [LABELS.workerPool, LABELS.workerId];
const attempt = [...worker, LABELS.jobId, LABELS.traceId];

/** `worker_pool, worker_id` */
export const WORKER: string = worker.join(", ");
/** `worker_pool, worker_id, job_id, trace_id`: one attempt. */
export const ATTEMPT: string = attempt.join(", ");
/** One kind and reason of incident in one attempt. */
export const INCIDENT: string = [...attempt, LABELS.kind, LABELS.reason].join(", ");
/** What an alert is, and whose: the labels that its rule gives it. */
export const ALERT: string = [
  "alertname",
  LABELS.alertKey,
  LABELS.severity,
  LABELS.owner,
  LABELS.phase,
  LABELS.reason,
].join(", ");
/** `job, instance, worker_role`: what a dashboard chooses workers by beside pool and name. */
export const KIND_OF_WORKER: string = [LABELS.service, LABELS.instance, LABELS.workerRole].join(", ");
/** `worker_pool, job_id`: one job, whoever holds it. */
export const JOB: string = [LABELS.workerPool, LABELS.jobId].join(", ");
