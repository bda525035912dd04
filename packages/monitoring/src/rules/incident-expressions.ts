/** Expressions over open incidents: rows that say "this happened in that attempt", with no `increase()`. */
import type { IncidentKind, IncidentReason } from "@worker-watchdog/sdk/semconv";
import { ATTEMPT, JOB, LABELS } from "./labels.ts";
import { RECORDED } from "./recording-rules.ts";

/** Open incidents of `kind`: one is enough, and a row that says none is none. */
export function incidents(kind: IncidentKind): string {
  return `${open(kind)} > 0`;
}

/** Open incidents of `kind` for these reasons: one is enough. */
export function incidentsFor<K extends IncidentKind>(kind: K, reasons: readonly IncidentReason<K>[]): string {
  return `${RECORDED.openIncidents}{${LABELS.kind}="${kind}",${LABELS.reason}${reasons.length === 1 ? "=" : "=~"}"${reasons.join("|")}"} > 0`;
}

/** Open incidents of `kind` in attempts that no newer claim of their job has taken the place of. */
export function incidentsOfNewestAttempt(kind: IncidentKind): string {
  return `${incidents(kind)}\nunless on (${ATTEMPT})\n${RECORDED.supersededDeep}`;
}

/** Open incidents of `kind` in attempts that have at least `count` of them, whatever their reasons. */
export function incidentsAtLeast(kind: IncidentKind, count: number): string {
  return `${open(kind)}\nand on (${ATTEMPT})\nsum by (${ATTEMPT}) (${open(kind)}) >= ${count}`;
}

/** Open incidents of `kind` in each job's newest attempt, where all attempts at the job have at least `count` of them together. */
export function incidentsOfJobAtLeast(kind: IncidentKind, count: number): string {
  return `${open(kind)}
unless on (${ATTEMPT})
${RECORDED.supersededDeep}
and on (${JOB})
sum by (${JOB}) (${open(kind)}) >= ${count}`;
}

function open(kind: IncidentKind): string {
  return `${RECORDED.openIncidents}{${LABELS.kind}="${kind}"}`;
}
