/** Expressions over open incidents: rows that say "this happened in that attempt", with no `increase()`. */
import type { IncidentKind } from "@worker-watchdog/sdk/semconv";
import { ATTEMPT, JOB, LABELS } from "./labels.ts";
import { RECORDED } from "./recording-rules.ts";

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
