/** A record as a row of its table, and back. */
import type { JournalRecord } from "@worker-watchdog/sdk";
import { storedObject } from "./stored-json.ts";

/** Appends a row, or nothing where its `once_key` is taken; {@link recordValues} gives its values. */
export const INSERT_RECORD = `
  INSERT INTO record (id, kind, name, at_millis, worker_pool, worker_id, job_id, trace_id, once_key, data, stored_millis)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;

/** The columns that {@link recordFromRow} reads. Times as REAL: an integer beyond 2^53 would be refused by the driver. */
export const RECORD_COLUMNS = `
  id, kind, name, CAST(at_millis AS REAL) AS at_millis, worker_pool, worker_id, job_id, trace_id, data`;

/** The values of {@link INSERT_RECORD}. */
export function recordValues(
  record: JournalRecord,
  once: string | undefined,
  nowMillis: number,
): (string | number | null)[] {
  return [
    record.id,
    record.kind,
    record.name ?? null,
    storedMillis(record.atMillis),
    record.workerPool,
    record.workerId,
    record.jobId ?? null,
    record.traceId ?? null,
    once ?? null,
    JSON.stringify(record.data),
    // Its age in this store: the worker's own clock may say anything.
    storedMillis(nowMillis),
  ];
}

/** A time as the table takes it: whole, and 0 where it is none. */
export function storedMillis(millis: number): number {
  const whole = Math.round(millis);
  return Number.isSafeInteger(whole) ? whole : 0;
}

/** The record of a row. A field that is damaged is an empty text, 0 or an empty object; one that may be missing is missing. */
export function recordFromRow(row: Readonly<Record<string, unknown>>): JournalRecord {
  const name = text(row["name"]);
  const jobId = text(row["job_id"]);
  const traceId = text(row["trace_id"]);
  return {
    kind: (text(row["kind"]) ?? "") as JournalRecord["kind"],
    id: text(row["id"]) ?? "",
    ...(name !== undefined && { name: name as JournalRecord["name"] }),
    atMillis: Number(row["at_millis"]),
    workerPool: text(row["worker_pool"]) ?? "",
    workerId: text(row["worker_id"]) ?? "",
    ...(jobId !== undefined && { jobId }),
    ...(traceId !== undefined && { traceId }),
    data: storedObject(row["data"]),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
