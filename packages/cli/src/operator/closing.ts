/** What a person closes: the rows that close it, the pages that end with it, and what is said of it. */
import { LEASE_EXPIRING_REASON } from "@worker-watchdog/monitoring";
import type { OperatorSubject } from "@worker-watchdog/sdk/one-shot";
import type { Row } from "@worker-watchdog/sdk/rows";
import { ATTRIBUTES, type RowMetricKey } from "@worker-watchdog/sdk/semconv";
import {
  type OpenAttempt,
  type OpenIncident,
  type OpenPage,
  type OpenWait,
  ownerKey,
  type RowOwner,
} from "./open-rows.ts";

/** What is closed. */
export interface Closing {
  readonly attempts: readonly OpenAttempt[];
  readonly incidents: readonly OpenIncident[];
  readonly waits: readonly OpenWait[];
  /** Workers that are gone for good, with their newest sign of life. */
  readonly workers: readonly (RowOwner & { readonly aliveAt: number })[];
}

/** Alerts that stand on a worker's own rows, and end when it has signed off. */
const OF_THE_WORKER: readonly string[] = ["worker_absent", "repeated_no_job", "silent_loop"];

/** The rows that close it. They only grow, as a worker's do: whichever comes last, what is closed stays closed. */
export function closingRows(closing: Closing, atSeconds: number): readonly Row[] {
  const changedAtMillis = Date.now();
  const row = (metric: RowMetricKey, attributes: Readonly<Record<string, string>>, value: number): Row => ({
    metric,
    attributes,
    value,
    changedAtMillis,
  });
  return [
    ...closing.attempts.map((attempt) => row("claimSettledAt", attributes(attempt), atSeconds)),
    ...closing.incidents.map((incident) =>
      row(
        "claimIncidentsCleared",
        {
          ...attributes(incident),
          [ATTRIBUTES.incidentKind.key]: incident.kind,
          [ATTRIBUTES.incidentReason.key]: incident.reason,
        },
        incident.count,
      ),
    ),
    ...closing.waits.map((wait) => row("sessionLimitCleared", attributes(wait), wait.until)),
    // No earlier than its last sign of life, whatever its clock said.
    ...closing.workers.map(({ pool, worker, aliveAt }) =>
      row("stoppedAt", workerAttributes(pool, worker), Math.max(atSeconds, aliveAt)),
    ),
  ];
}

/** Whether `page` ends when `closing` is at Prometheus. */
export function endsWith(page: OpenPage, closing: Closing): boolean {
  const same = (row: RowOwner) => ownerKey(row) === ownerKey(page);
  if (page.kind === undefined) {
    if (!OF_THE_WORKER.includes(page.key)) return page.job !== "" && closing.attempts.some(same);
    return closing.workers.some(same);
  }
  if (page.key === "artifact_missing" && page.reason === LEASE_EXPIRING_REASON) return closing.attempts.some(same);
  return (
    closing.incidents.some((row) => same(row) && row.kind === page.kind && row.reason === page.reason) ||
    (page.kind === "session_dead" && closing.waits.some(same))
  );
}

/** One subject for each attempt, event or worker. */
export function subjectsOf(closing: Closing): readonly OperatorSubject[] {
  const owners = new Map<string, RowOwner>();
  for (const row of [...closing.workers, ...closing.attempts, ...closing.incidents, ...closing.waits])
    owners.set(ownerKey(row), row);
  return [...owners].map(([key, { pool, worker, job, trace }]) => ({
    workerPool: pool,
    workerId: worker,
    jobId: job === "" ? undefined : job,
    traceId: trace === "" ? undefined : trace,
    closesAttempt: closing.attempts.some((row) => ownerKey(row) === key),
    incidents: [
      ...closing.incidents.filter((row) => ownerKey(row) === key).map(({ kind, reason }) => ({ kind, reason })),
      ...closing.waits
        .filter((row) => ownerKey(row) === key)
        .map(() => ({ kind: "session_dead" as const, reason: "limit_unknown" })),
    ],
  }));
}

/** Whether there is nothing to close. */
export function isNothing({ attempts, incidents, waits, workers }: Closing): boolean {
  return attempts.length + incidents.length + waits.length + workers.length === 0;
}

function attributes({ pool, worker, job, trace }: RowOwner): Readonly<Record<string, string>> {
  return {
    ...workerAttributes(pool, worker),
    [ATTRIBUTES.jobId.key]: job,
    [ATTRIBUTES.traceId.key]: trace,
  };
}

function workerAttributes(pool: string, worker: string): Readonly<Record<string, string>> {
  return { [ATTRIBUTES.workerPool.key]: pool, [ATTRIBUTES.workerId.key]: worker };
}
