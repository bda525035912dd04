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
/** `worker_pool, job_id`: one job, whoever holds it. */
export const JOB: string = [LABELS.workerPool, LABELS.jobId].join(", ");
