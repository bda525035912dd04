/** What stands open for a job or a worker at Prometheus, and the pages that stand on it. */
import { LABELS, type OpenRowQueries } from "@worker-watchdog/monitoring";
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { IncidentKind } from "@worker-watchdog/sdk/semconv";
import type { AskedPrometheus, Sample } from "./prometheus.ts";

/** What tells one attempt, or one event of a worker, from every other. */
export interface RowOwner {
  /** Empty where the policy tells no clusters apart. */
  readonly cluster: string;
  readonly pool: string;
  readonly worker: string;
  /** Empty where there is none. */
  readonly job: string;
  readonly trace: string;
}

/** An attempt that nothing has closed. */
export interface OpenAttempt extends RowOwner {
  readonly leaseExpiresAt: number;
}

/** Incidents of one kind and reason, not all of them cleared. */
export interface OpenIncident extends RowOwner {
  readonly kind: IncidentKind;
  readonly reason: string;
  /** How many there were in all. */
  readonly count: number;
}

/** A session that waits for a limit, or waited in vain. */
export interface OpenWait extends RowOwner {
  readonly until: number;
}

/** An alert that fires. */
export interface OpenPage extends RowOwner {
  readonly alert: string;
  readonly key: string;
  readonly severity: string;
  /** The kind of incident that it stands on; undefined for one that stands on the attempt or the worker. */
  readonly kind: string | undefined;
  readonly reason: string | undefined;
}

/** All of it. */
export interface OpenRows {
  readonly attempts: readonly OpenAttempt[];
  readonly incidents: readonly OpenIncident[];
  readonly waits: readonly OpenWait[];
  readonly pages: readonly OpenPage[];
}

/** Asks for what is open. @throws WatchdogError `service_unavailable` or `response_invalid`. */
export async function openRows(
  prometheus: AskedPrometheus,
  queries: OpenRowQueries,
  policy: Policy,
): Promise<OpenRows> {
  const ownerOf = (sample: Sample) => rowOwner(sample, policy);
  const attempts = await prometheus.query(queries.attempts);
  const incidents = await prometheus.query(queries.incidents);
  const waits = await prometheus.query(queries.waits);
  const pages = await prometheus.query(queries.pages);
  return {
    attempts: attempts.map((sample) => ({ ...ownerOf(sample), leaseExpiresAt: sample.value })),
    incidents: incidents.map((sample) => ({
      ...ownerOf(sample),
      kind: sample.labels[LABELS.kind] as IncidentKind,
      reason: sample.labels[LABELS.reason] ?? "",
      count: sample.value,
    })),
    waits: waits.map((sample) => ({ ...ownerOf(sample), until: sample.value })),
    pages: pages.map((sample) => ({
      ...ownerOf(sample),
      alert: sample.labels["alertname"] ?? "",
      key: sample.labels[LABELS.alertKey] ?? "",
      severity: sample.labels[LABELS.severity] ?? "",
      kind: sample.labels[LABELS.kind],
      reason: sample.labels[LABELS.reason],
    })),
  };
}

/** Whose series it is. */
export function rowOwner({ labels }: Sample, { series }: Pick<Policy, "series">): RowOwner {
  return {
    cluster: series.cluster_label === undefined ? "" : (labels[series.cluster_label] ?? ""),
    pool: labels[LABELS.workerPool] ?? "",
    worker: labels[LABELS.workerId] ?? "",
    job: labels[LABELS.jobId] ?? "",
    trace: labels[LABELS.traceId] ?? "",
  };
}

/** The same owner, as a key. */
export function ownerKey({ cluster, pool, worker, job, trace }: RowOwner): string {
  return JSON.stringify([cluster, pool, worker, job, trace]);
}
