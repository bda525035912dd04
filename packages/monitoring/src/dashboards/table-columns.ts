/** Columns that tables share: who, which job, and its trace. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { LABELS } from "../rules/labels.ts";
import { traceOfRow, workerOfRow } from "./links.ts";
import type { TableColumn } from "./panel.ts";

export const POOL_COLUMN: TableColumn = { field: LABELS.workerPool, title: "Pool" };
export const WORKER_COLUMN: TableColumn = { field: LABELS.workerId, title: "Worker", link: workerOfRow };

/** Columns that name the job and lead to its trace. */
export function job(policy: Policy): readonly TableColumn[] {
  return [
    { field: LABELS.jobId, title: "Job" },
    { field: LABELS.traceId, title: "Trace", link: traceOfRow(policy) },
  ];
}

/** Columns that name worker, job and trace. */
export function identity(policy: Policy): readonly TableColumn[] {
  return [POOL_COLUMN, WORKER_COLUMN, ...job(policy)];
}

/** The value of the n-th query, 0 first. */
export function value(index: number, title: string, unit: string, more: Partial<TableColumn> = {}): TableColumn {
  return { field: `Value #${String.fromCharCode(65 + index)}`, title, unit, ...more };
}
