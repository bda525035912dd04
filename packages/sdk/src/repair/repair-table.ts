/** The repairs (R6) as data: what sets each off, what is done, and on whose authority. Each is done once at most (R6.1). */
import type { HumanAction, Policy, RepairAction } from "../policy/policy.ts";
import type { RepairTrigger, StuckClass } from "../semconv/index.ts";
import { whyForbidden } from "./repair-authority.ts";

/** Who may decide a repair (R6.1): `worker` for its own job, `system` for low-risk retries, `supervisor` for what frees or moves a running job. */
export type RepairAuthority = "worker" | "system" | "supervisor";

/** What changes nothing at the queue, and needs no policy's leave. */
export type HarmlessAction = "read_job_state" | "block_complete";

/** What a repair does, or proposes. */
export type ActionName = RepairAction | HumanAction | HarmlessAction | "supervisor_review";

/** One row of the table. */
export interface RepairRow {
  readonly trigger: RepairTrigger;
  /** Of the actions that the policy's `self_heal` names, one that is not allowed is not carried out. */
  readonly action: ActionName;
  readonly authority: RepairAuthority;
  /** Phases that the row covers; empty where no phase is retried. */
  readonly phases: readonly string[];
  /** Whether the worker is touched first. */
  readonly touchFirst: boolean;
  /** Whether the policy's `thresholds.repair_wait_seconds` pass before the retry. */
  readonly waits: boolean;
  /** What it is done once for: each call of the phase, or the whole attempt, however many processes work on it. */
  readonly once: "call" | "attempt";
  /** The class of stuck job that it is a repair of (R6.3). */
  readonly stuckClass: StuckClass;
}

const plain = { phases: [], touchFirst: false, waits: false } as const;

/** Every repair. */
export const REPAIR_TABLE: readonly RepairRow[] = [
  {
    trigger: "claim_silent",
    action: "retouch_worker",
    authority: "system",
    phases: ["claim"],
    touchFirst: true,
    waits: false,
    once: "call",
    stuckClass: "transport",
  },
  {
    trigger: "transport",
    action: "retouch_worker",
    authority: "system",
    phases: ["context", "progress", "complete"],
    touchFirst: true,
    waits: true,
    once: "call",
    stuckClass: "transport",
  },
  {
    ...plain,
    trigger: "complete_unknown",
    action: "read_job_state",
    authority: "system",
    phases: ["complete"],
    once: "call",
    stuckClass: "transport",
  },
  {
    ...plain,
    trigger: "lease_emergency",
    action: "write_progress",
    authority: "system",
    once: "call",
    stuckClass: "lease_expiry",
  },
  {
    ...plain,
    trigger: "missing_artifact_kind",
    action: "complete_with_required_artifacts",
    authority: "worker",
    phases: ["complete"],
    once: "attempt",
    stuckClass: "complete_rejected",
  },
  {
    ...plain,
    trigger: "repeated_no_job",
    action: "produce_no_job_repair_proposal",
    authority: "worker",
    once: "call",
    stuckClass: "no_job_loop",
  },
  {
    ...plain,
    trigger: "queue_stuck",
    action: "supervisor_review",
    authority: "supervisor",
    once: "attempt",
    stuckClass: "no_progress",
  },
  {
    ...plain,
    trigger: "lease_expired",
    action: "force_release_running_job",
    authority: "supervisor",
    once: "attempt",
    stuckClass: "lease_expiry",
  },
  {
    ...plain,
    trigger: "gate_failure",
    action: "block_complete",
    authority: "system",
    phases: ["artifact"],
    once: "call",
    stuckClass: "artifact_gap",
  },
];

/** The row of a trigger in a phase, allowed or not. */
export function repairRow(trigger: RepairTrigger, phase?: string | undefined): RepairRow | undefined {
  return REPAIR_TABLE.find((row) => row.trigger === trigger && (phase === undefined || row.phases.includes(phase)));
}

/** The row for a trigger in a phase, where it may be carried out. */
export function repairFor(
  trigger: RepairTrigger,
  selfHeal: Policy["self_heal"],
  phase?: string | undefined,
): RepairRow | undefined {
  const row = repairRow(trigger, phase);
  return row === undefined || whyForbidden(row, selfHeal) !== undefined ? undefined : row;
}
