/** Alertmanager's configuration, from the policy. Needs Alertmanager 0.34 or later: the webhook's `payload` carries the finished text. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { TEMPLATE_NAME } from "../paths.ts";
import { inhibitRules } from "./inhibition.ts";
import { timeIntervals } from "./quiet-hours.ts";
import { type ReceiverOptions, receivers } from "./receivers.ts";
import { rootRoute } from "./routes.ts";

/** The configuration of `policy`, to be written as YAML. */
export function alertmanagerFile(policy: Policy, options: ReceiverOptions = {}): object {
  const intervals = timeIntervals(policy);
  return {
    templates: [TEMPLATE_NAME],
    ...(intervals.length === 0 ? {} : { time_intervals: intervals }),
    route: rootRoute(policy),
    receivers: receivers(policy, options),
    inhibit_rules: inhibitRules(policy),
  };
}
