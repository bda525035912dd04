/** The repairs (R6) as data: what sets each off, what is done, and on whose authority. Each is done once at most (R6.1). */
import type { RepairAction } from "./policy/index.ts";

/** What sets a repair off. */
export type RepairTrigger =
  | "claim_silent"
  | "transport"
  | "missing_artifact_kind"
  | "lease_emergency"
  | "repeated_no_job";

/** One row of the table. */
export interface RepairRow {
  readonly trigger: RepairTrigger;
  /** The action as the policy's `self_heal.allowed` names it; a row whose action is not allowed is not carried out. */
  readonly action: RepairAction;
  /** Who may decide it: `worker` for its own retry, `system` for what the watchdog does by itself. */
  readonly authority: "worker" | "system";
  /** Phases that the row covers; empty where no phase is retried. */
  readonly phases: readonly string[];
  /** Whether the worker is touched first. */
  readonly touchFirst: boolean;
  /** Whether the policy's `thresholds.repair_wait_seconds` pass before the retry. */
  readonly waits: boolean;
}

/** Every repair of this release. */
export const REPAIR_TABLE: readonly RepairRow[] = [
  {
    trigger: "claim_silent",
    action: "retouch_worker",
    authority: "system",
    phases: ["claim"],
    touchFirst: true,
    waits: false,
  },
  {
    trigger: "transport",
    action: "retouch_worker",
    authority: "system",
    phases: ["context", "progress", "complete"],
    touchFirst: true,
    waits: true,
  },
  {
    trigger: "missing_artifact_kind",
    action: "complete_with_required_artifacts",
    authority: "worker",
    phases: ["complete"],
    touchFirst: false,
    waits: false,
  },
  {
    trigger: "lease_emergency",
    action: "write_progress",
    authority: "system",
    phases: [],
    touchFirst: false,
    waits: false,
  },
  {
    trigger: "repeated_no_job",
    action: "produce_no_job_repair_proposal",
    authority: "worker",
    phases: [],
    touchFirst: false,
    waits: false,
  },
];

/** The row for a trigger in a phase, where the policy allows its action. */
export function repairFor(
  trigger: RepairTrigger,
  allowed: readonly RepairAction[],
  phase?: string | undefined,
): RepairRow | undefined {
  return REPAIR_TABLE.find(
    (row) =>
      row.trigger === trigger && allowed.includes(row.action) && (phase === undefined || row.phases.includes(phase)),
  );
}
