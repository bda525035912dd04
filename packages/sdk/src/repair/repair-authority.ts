/** Who may carry out which repair: checked in code, at the one place where a repair is carried out (R6.1). */
import type { Policy } from "../policy/policy.ts";
import { REPAIR_ACTIONS } from "../policy/policy-values.ts";
import type { ActionName, RepairAuthority, RepairRow } from "./repair-table.ts";

/** Why a repair may not be carried out. */
export type Forbidden = "requires_human" | "authority" | "not_allowed" | "unknown_action";

/** On whose authority each action may be carried out. What only a supervisor or a person may do is never carried out by the library. */
const MAY_CARRY_OUT: Readonly<Partial<Record<ActionName, readonly RepairAuthority[]>>> = {
  retouch_worker: ["worker", "system"],
  write_progress: ["worker", "system"],
  publish_shared_cloud_artifact: ["worker"],
  complete_with_required_artifacts: ["worker"],
  produce_no_job_repair_proposal: ["worker", "system"],
  read_job_state: ["worker", "system"],
  block_complete: ["system"],
};

/** Why `row` may only be proposed under a policy; undefined where it may be carried out. */
export function whyForbidden(
  row: Pick<RepairRow, "action" | "authority">,
  selfHeal: Policy["self_heal"],
): Forbidden | undefined {
  const { action, authority } = row;
  if ((selfHeal.requires_human as readonly string[]).includes(action)) return "requires_human";
  const may = Object.hasOwn(MAY_CARRY_OUT, action) ? MAY_CARRY_OUT[action] : undefined;
  if (may === undefined) return authority === "supervisor" ? "authority" : "unknown_action";
  if (!may.includes(authority)) return "authority";
  const isGoverned = (REPAIR_ACTIONS as readonly string[]).includes(action);
  return isGoverned && !(selfHeal.allowed as readonly string[]).includes(action) ? "not_allowed" : undefined;
}
