/** One cause, one page (R4.4): which alert mutes which, within one pool and worker, and one job where both have one. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { AlertDefinition, WatchdogAlertKey } from "../alerts/alert-definition.ts";
import { enabledAlerts, isSilent } from "../alerts/alert-table.ts";
import { LEASE_EXPIRING_REASON } from "../alerts/artifact-missing.ts";
import { LABELS } from "../rules/labels.ts";

/** One line of R4.4. */
export interface Inhibition {
  readonly source: WatchdogAlertKey;
  readonly target: WatchdogAlertKey;
  /** Mutes only targets with this reason. */
  readonly targetReason?: string | undefined;
}

/** The table, in the order of R4.4. */
export const INHIBITIONS: readonly Inhibition[] = [
  { source: "job_not_found_after_claim", target: "lease_expiring_with_claimed_job" },
  { source: "job_not_found_after_claim", target: "artifact_missing" },
  { source: "job_not_found_after_claim", target: "lease_expired" },
  { source: "lease_expired", target: "lease_expiring_with_claimed_job" },
  { source: "lease_expired", target: "artifact_missing" },
  { source: "lease_expiring_with_claimed_job", target: "artifact_missing", targetReason: LEASE_EXPIRING_REASON },
  { source: "worker_absent", target: "repeated_no_job" },
];

/** The rules of Alertmanager. Each requires what it compares on both sides: to Alertmanager two missing labels are equal. */
export function inhibitRules(policy: Policy): readonly object[] {
  const enabled = new Map(enabledAlerts(policy).map((alert) => [alert.key, alert]));
  return INHIBITIONS.flatMap(({ source, target, targetReason }) => {
    const from = enabled.get(source);
    const to = enabled.get(target);
    // A source that notifies nobody must not mute: the cause would page nobody at all.
    if (from === undefined || to === undefined || isSilent(from.key, policy)) return [];
    const equal = compared(from, to);
    const present = equal.map((label) => `${label}=~".+"`);
    const reason = targetReason === undefined ? [] : [`${LABELS.reason}="${targetReason}"`];
    return [
      {
        name: `${source} over ${target}${targetReason === undefined ? "" : ` (${targetReason})`}`,
        source_matchers: [`${LABELS.alertKey}="${source}"`, ...present],
        target_matchers: [`${LABELS.alertKey}="${target}"`, ...present, ...reason],
        equal,
      },
    ];
  });
}

function compared(source: AlertDefinition, target: AlertDefinition): readonly string[] {
  const worker = [LABELS.workerPool, LABELS.workerId];
  return source.scope === "attempt" && target.scope === "attempt" ? [...worker, LABELS.jobId] : worker;
}
