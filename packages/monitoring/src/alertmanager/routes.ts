/** The routing tree: the dead man's switch first, then what must stay silent, then owner by severity. */
import { NOTIFIABLE_ALERT_KEYS, type Policy, type Severity } from "@worker-watchdog/sdk/policy";
import { policyKeyOf } from "../alerts/alert-definition.ts";
import { ALERTS, isSilent } from "../alerts/alert-table.ts";
import { duration, minutes } from "../rules/durations.ts";
import { clusterLabels, LABELS } from "../rules/labels.ts";
import { isQuieted, QUIET_HOURS } from "./quiet-hours.ts";
import { DEAD_MANS_SWITCH, NOBODY, receiverOf, routedOwners } from "./receivers.ts";

const PAGED: readonly Severity[] = ["critical", "high", "medium"];

/** How often the dead man's switch is told. A service outside should wait for three of them. */
const HEARTBEAT_SECONDS = 60;

/** The owner whose receiver takes what no other route does, so that nothing is lost without a word. */
const FALLBACK_OWNER = "pls_ops";

/** The root route of `policy`. */
export function rootRoute(policy: Policy): object {
  // The first five in the order of the policy; a pool's form goes with its worker's.
  const silent = NOTIFIABLE_ALERT_KEYS.flatMap((governed) =>
    ALERTS.filter(({ key }) => policyKeyOf(key) === governed && isSilent(key, policy)).map(({ key }) => key),
  );
  return {
    receiver: receiverOf(FALLBACK_OWNER, "high", policy),
    group_by: ["alertname", ...clusterLabels(policy), LABELS.workerPool],
    group_wait: duration(policy.severities.high.group_wait_seconds),
    group_interval: duration(policy.pipeline.group_interval_seconds),
    repeat_interval: duration(minutes(policy.pipeline.repeat_interval_minutes)),
    routes: [
      {
        receiver: DEAD_MANS_SWITCH,
        matchers: [`${LABELS.alertKey}="watchdog"`],
        group_wait: "0s",
        group_interval: duration(HEARTBEAT_SECONDS),
        repeat_interval: duration(HEARTBEAT_SECONDS),
      },
      ...silent.map((key) => ({ receiver: NOBODY, matchers: [`${LABELS.alertKey}="${key}"`] })),
      { receiver: NOBODY, matchers: [`${LABELS.severity}="low"`] },
      ...routedOwners(policy).map((owner) => ownerRoute(owner, policy)),
    ],
  };
}

function ownerRoute(owner: string, policy: Policy): object {
  return {
    // An alert of this owner with a severity that nobody knows must still reach a person.
    receiver: receiverOf(owner, "high", policy),
    matchers: [`${LABELS.owner}="${owner}"`],
    routes: PAGED.map((severity) => ({
      receiver: receiverOf(owner, severity, policy),
      matchers: [`${LABELS.severity}="${severity}"`],
      group_wait: duration(policy.severities[severity].group_wait_seconds),
      ...(isQuieted(severity, policy) ? { mute_time_intervals: [QUIET_HOURS] } : {}),
    })),
  };
}
