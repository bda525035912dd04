/** Where an alert goes: what the routes decide, for those who want to say it beforehand. */
import type { Policy, Severity } from "@worker-watchdog/sdk/policy";
import type { AlertDefinition } from "../alerts/alert-definition.ts";
import { isSilent, ownerOf } from "../alerts/alert-table.ts";
import { DEAD_MANS_SWITCH, NOBODY, receiverOf } from "./receivers.ts";

/** The receiver of `alert` under `policy`, for one of the severities that it can have. */
export function receiverOfAlert(alert: AlertDefinition, policy: Policy, severity: Severity = alert.severity): string {
  if (alert.key === "watchdog") return DEAD_MANS_SWITCH;
  return isSilent(alert.key, policy) ? NOBODY : receiverOf(ownerOf(alert, policy), severity, policy);
}
