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
  const text = (key: string): string | undefined => (typeof row[key] === "string" ? row[key] : undefined);
  const optional = { name: text("name"), jobId: text("job_id"), traceId: text("trace_id") };
  const present = Object.entries(optional).filter(([, value]) => value !== undefined);
  return {
    kind: (text("kind") ?? "") as JournalRecord["kind"],
    id: text("id") ?? "",
    atMillis: Number(row["at_millis"]) || 0,
    workerPool: text("worker_pool") ?? "",
    workerId: text("worker_id") ?? "",
    ...Object.fromEntries(present),
    data: storedObject(row["data"]),
  };
}
