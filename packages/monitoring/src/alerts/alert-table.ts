/** The one table of alerts. A new alert is a file beside this one and a line in this table. */
import { NOTIFIABLE_ALERT_KEYS, type Policy } from "@worker-watchdog/sdk/policy";
import { type AlertDefinition, PLATFORM_OWNER, type WatchdogAlertKey } from "./alert-definition.ts";
import { artifactMissing } from "./artifact-missing.ts";
import { completeRejected } from "./complete-rejected.ts";
import { jobNotFoundAfterClaim } from "./job-not-found-after-claim.ts";
import { leaseExpired } from "./lease-expired.ts";
import { leaseExpiringWithClaimedJob } from "./lease-expiring-with-claimed-job.ts";
import { missingDeliverableId } from "./missing-deliverable-id.ts";
import { repeatedNoJob } from "./repeated-no-job.ts";
import { watchdog } from "./watchdog.ts";
import { workerAbsent } from "./worker-absent.ts";

/** Every alert, by its number in R4. */
export const ALERTS: readonly AlertDefinition[] = [
  leaseExpiringWithClaimedJob,
  completeRejected,
  jobNotFoundAfterClaim,
  artifactMissing,
  repeatedNoJob,
  leaseExpired,
  missingDeliverableId,
  workerAbsent,
  watchdog,
];

/** The alerts that `policy` has not switched off. */
export function enabledAlerts(policy: Policy): readonly AlertDefinition[] {
  const disabled: readonly string[] = policy.alerts.disabled;
  return ALERTS.filter((alert) => !disabled.includes(alert.key));
}

/** Who owns `alert` under `policy`. */
export function ownerOf(alert: AlertDefinition, policy: Policy): string {
  return alert.owner === PLATFORM_OWNER ? policy.owner : alert.owner;
}

/** Whether the alert is one of those that `alerts.notify_on` governs and leaves out: it fires and shows, but notifies nobody. */
export function isSilent(key: WatchdogAlertKey, { alerts }: Policy): boolean {
  const governed: readonly string[] = NOTIFIABLE_ALERT_KEYS;
  const notified: readonly string[] = alerts.notify_on;
  return governed.includes(key) && !notified.includes(key);
}
