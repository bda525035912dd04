/** The SQL of a query for records: one text for each set of parts that are given, so that each is prepared once. */
import type { RecordQuery } from "@worker-watchdog/sdk";
import { RECORD_COLUMNS } from "./record-row.ts";

/** How many records a query gives where it does not say. */
const DEFAULT_LIMIT = 100;

/** The statement and its values: the newest that match, oldest first. */
export function recordQuery(query: RecordQuery): {
  readonly sql: string;
  readonly values: readonly (string | number)[];
} {
  const { worker, limit = DEFAULT_LIMIT } = query;
  const parts: readonly (readonly [column: string, value: string | undefined])[] = [
    ["kind", query.kind],
    ["name", query.name],
    ["worker_pool", worker?.pool],
    ["worker_id", worker?.id],
    ["job_id", query.jobId],
    ["trace_id", query.traceId],
  ];
  const given = parts.filter((part): part is readonly [string, string] => part[1] !== undefined);
  const where = given.length === 0 ? "" : `WHERE ${given.map(([column]) => `${column} = ?`).join(" AND ")}`;
  return {
    sql: `SELECT ${RECORD_COLUMNS} FROM record ${where} ORDER BY seq DESC LIMIT ?`,
    values: [...given.map(([, value]) => value), Math.min(Math.max(0, Math.trunc(limit)), Number.MAX_SAFE_INTEGER)],
  };
}
