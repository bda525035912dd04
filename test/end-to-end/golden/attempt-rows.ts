/** How rules read the rows of attempts: newest value of each, over replicas and restarts, and which attempts are still open. */
import { METRICS, type RowMetricKey } from "@worker-watchdog/sdk/semconv";
import type { Pool } from "./pool.ts";

/** What tells one attempt from every other. */
const ATTEMPT = "worker_pool, worker_id, job_id, trace_id";
/** Longer than any scenario takes. */
const RANGE = "10m";

/** The newest value of a row, for each attempt of the pool. */
export function newest(pool: Pool, metric: RowMetricKey, ...matchers: readonly string[]): string {
  return `max by (${ATTEMPT}) (last_over_time(${pool.series(METRICS[metric].prometheusName, ...matchers)}[${RANGE}]))`;
}

/** The same of attempts that are neither settled nor followed by a newer claim of their job. */
export function newestOfOpen(pool: Pool, metric: RowMetricKey): string {
  const started = newest(pool, "claimStartedAt");
  return (
    `(${newest(pool, metric)} unless on (${ATTEMPT}) ${newest(pool, "claimSettledAt")} ` +
    `unless on (${ATTEMPT}) (${started} < on (worker_pool, job_id) group_left () max by (worker_pool, job_id) (${started})))`
  );
}

/** Incidents of one kind, or of any, by reason: their count. */
export function incidents(pool: Pool, kind = ".*"): string {
  return `max by (${ATTEMPT}, kind, reason) (last_over_time(${pool.series(METRICS.claimIncidents.prometheusName, `kind=~"${kind}"`)}[${RANGE}]))`;
}

/** Incidents that are not over, of attempts that another worker's newer claim has not made the past. */
export function openIncidents(pool: Pool): string {
  const cleared = `max by (${ATTEMPT}, kind, reason) (last_over_time(${pool.series(METRICS.claimIncidentsCleared.prometheusName)}[${RANGE}]))`;
  const started = newest(pool, "claimStartedAt");
  return (
    `(${incidents(pool)} > ${cleared} or ${incidents(pool)} unless ${cleared}) ` +
    `unless on (${ATTEMPT}) (${started} < on (worker_pool, job_id) group_left () max by (worker_pool, job_id) (${started}))`
  );
}

/** Alerts of the pool that fire now, or with a range, that have fired within it. */
export function firing(pool: Pool, range?: string): string {
  const series = pool.series("ALERTS", 'alertstate="firing"');
  return range === undefined ? series : `last_over_time(${series}[${range}])`;
}
