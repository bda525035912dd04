/** The one table of alerts. A new alert is a file beside this one and a line in this table. */
import { NOTIFIABLE_ALERT_KEYS, type Policy, SEVERITIES, type Severity } from "@worker-watchdog/sdk/policy";
import type { RuleArea } from "../paths.ts";
import { ranges } from "../rules/ranges.ts";
import {
  type AlertDefinition,
  PLATFORM_OWNER,
  policyKeyOf,
  type RuleContext,
  type WatchdogAlertKey,
} from "./alert-definition.ts";
import { artifactErrorBudgetBurn } from "./artifact-error-budget-burn.ts";
import { artifactMissing } from "./artifact-missing.ts";
import { completeRejected } from "./complete-rejected.ts";
import { completeUnknown } from "./complete-unknown.ts";
import { controlStoreUnreadable } from "./control-store-unreadable.ts";
import { falseGreen } from "./false-green.ts";
import { jobNotFoundAfterClaim } from "./job-not-found-after-claim.ts";
import { leaseErrorBudgetBurn } from "./lease-error-budget-burn.ts";
import { leaseExpired } from "./lease-expired.ts";
import { leaseExpiringWithClaimedJob } from "./lease-expiring-with-claimed-job.ts";
import { missingDeliverableId } from "./missing-deliverable-id.ts";
import { multiplePrimaryJobs } from "./multiple-primary-jobs.ts";
import { phaseFailed } from "./phase-failed.ts";
import { phaseFailedPool } from "./phase-failed-pool.ts";
import { queueStuck } from "./queue-stuck.ts";
import { queueStuckPool } from "./queue-stuck-pool.ts";
import { repairExhausted } from "./repair-exhausted.ts";
import { repairExhaustedPool } from "./repair-exhausted-pool.ts";
import { repeatedNoJob } from "./repeated-no-job.ts";
import { repeatedNoJobPool } from "./repeated-no-job-pool.ts";
import { secretRedacted } from "./secret-redacted.ts";
import { sessionCancelled } from "./session-cancelled.ts";
import { sessionDead } from "./session-dead.ts";
import { silentLoop } from "./silent-loop.ts";
import { silentLoopPool } from "./silent-loop-pool.ts";
import { telemetryAlertmanagerDown } from "./telemetry-alertmanager-down.ts";
import { telemetryCardinalityOverflow } from "./telemetry-cardinality-overflow.ts";
import { telemetryCatchingUp } from "./telemetry-catching-up.ts";
import { telemetryClockOff } from "./telemetry-clock-off.ts";
import { telemetryCollectorDown } from "./telemetry-collector-down.ts";
import { telemetryConfigRefused } from "./telemetry-config-refused.ts";
import { telemetryEvaluationGap } from "./telemetry-evaluation-gap.ts";
import { telemetryExportsRefused } from "./telemetry-exports-refused.ts";
import { telemetryExportsStuck } from "./telemetry-exports-stuck.ts";
import { telemetryNotScraped } from "./telemetry-not-scraped.ts";
import { telemetryNotificationsFailing } from "./telemetry-notifications-failing.ts";
import { telemetryReceiverRefusing } from "./telemetry-receiver-refusing.ts";
import { telemetryRowsMissing } from "./telemetry-rows-missing.ts";
import { telemetryRulesFailing } from "./telemetry-rules-failing.ts";
import { watchdog } from "./watchdog.ts";
import { workerAbsent } from "./worker-absent.ts";
import { workerAbsentPool } from "./worker-absent-pool.ts";

/** Every alert, by its number in R4. */
export const ALERTS: readonly AlertDefinition[] = [
  leaseExpiringWithClaimedJob,
  completeRejected,
  jobNotFoundAfterClaim,
  artifactMissing,
  repeatedNoJob,
  repeatedNoJobPool,
  leaseExpired,
  queueStuck,
  queueStuckPool,
  silentLoop,
  silentLoopPool,
  missingDeliverableId,
  phaseFailed,
  phaseFailedPool,
  sessionDead,
  falseGreen,
  multiplePrimaryJobs,
  workerAbsent,
  workerAbsentPool,
  repairExhausted,
  repairExhaustedPool,
  sessionCancelled,
  secretRedacted,
  controlStoreUnreadable,
  completeUnknown,
  artifactErrorBudgetBurn,
  leaseErrorBudgetBurn,
  telemetryCollectorDown,
  telemetryReceiverRefusing,
  telemetryExportsRefused,
  telemetryExportsStuck,
  telemetryRulesFailing,
  telemetryEvaluationGap,
  telemetryAlertmanagerDown,
  telemetryNotificationsFailing,
  telemetryConfigRefused,
  telemetryNotScraped,
  telemetryCardinalityOverflow,
  telemetryRowsMissing,
  telemetryClockOff,
  telemetryCatchingUp,
  watchdog,
];

/** The alerts that `policy` has not switched off. */
export function enabledAlerts(policy: Policy): readonly AlertDefinition[] {
  const disabled: readonly string[] = policy.alerts.disabled;
  return ALERTS.filter(({ key }) => !disabled.includes(policyKeyOf(key)));
}

/** Each severity that `alert` can have, gravest first, with what fires it. */
export function expressionsOf(
  alert: AlertDefinition,
  context: RuleContext,
): readonly { readonly severity: Severity; readonly expr: string }[] {
  const expression = alert.expr(context);
  if (typeof expression === "string") return [{ severity: alert.severity, expr: expression }];
  return SEVERITIES.flatMap((severity) => {
    const expr = expression[severity];
    return expr === undefined ? [] : [{ severity, expr }];
  });
}

/** The severities that `alert` can have under `policy`, gravest first. */
export function severitiesOf(alert: AlertDefinition, policy: Policy): readonly Severity[] {
  return expressionsOf(alert, { policy, ranges: ranges(policy) }).map(({ severity }) => severity);
}

/** Who owns `alert` under `policy`. */
export function ownerOf(alert: AlertDefinition, policy: Policy): string {
  return alert.owner === PLATFORM_OWNER ? policy.owner : alert.owner;
}

/** The rule file that `alert` is in. */
export function areaOf({ area = "worker" }: AlertDefinition): RuleArea {
  return area;
}

/** Whether the alert is one of those that `alerts.notify_on` governs and leaves out: it fires and shows, but notifies nobody. */
export function isSilent(key: WatchdogAlertKey, { alerts }: Policy): boolean {
  const governed: readonly string[] = NOTIFIABLE_ALERT_KEYS;
  const notified: readonly string[] = alerts.notify_on;
  const policyKey = policyKeyOf(key);
  return governed.includes(policyKey) && !notified.includes(policyKey);
}
