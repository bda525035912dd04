/** Expressions over open incidents: rows that say "this happened in that attempt", with no `increase()`. */
import type { IncidentKind } from "@worker-watchdog/sdk/semconv";
import { ATTEMPT, JOB, LABELS } from "./labels.ts";
import { RECORDED } from "./recording-rules.ts";

/** Open incidents of `kind` in attempts that have at least `count` of them, whatever their reasons. */
export function incidentsAtLeast(kind: IncidentKind, count: number): string {
  return atLeast(kind, count, ATTEMPT);
}

/** Open incidents of `kind` in jobs that have at least `count` of them over all their attempts. */
export function incidentsOfJobAtLeast(kind: IncidentKind, count: number): string {
  return atLeast(kind, count, JOB);
}

function atLeast(kind: IncidentKind, count: number, by: string): string {
  const open = `${RECORDED.openIncidents}{${LABELS.kind}="${kind}"}`;
  return `${open}\nand on (${by})\nsum by (${by}) (${open}) >= ${count}`;
}
