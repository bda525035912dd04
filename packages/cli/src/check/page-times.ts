/** How long each alert's page takes at most, computed from the generated rules and routes, and whether that is in time. */
import {
  type AlertDefinition,
  DEAD_MANS_SWITCH,
  enabledAlerts,
  NOBODY,
  ownerOf,
  type RuleGroup,
  receiverOfAlert,
  ruleFile,
  secondsOf,
  severitiesOf,
} from "@worker-watchdog/monitoring";
import { detectionSeconds, type Policy, pageLatencySeconds, type Severity } from "@worker-watchdog/sdk/policy";
import { type Finding, fail } from "../doctor/finding.ts";

/** One alert of one severity. */
export interface PageTime {
  readonly alert: string;
  readonly severity: Severity;
  /** Longest time from fault to page, in seconds; absent where nobody is paged. */
  readonly firstSeconds: number | undefined;
  /** The same where a page of its group is open already: Alertmanager waits for its group interval, not for the group's first wait. */
  readonly nextSeconds: number | undefined;
  readonly owner: string;
  readonly receiver: string;
}

/** The table of `policy`, in the order of the alerts. */
export function pageTimes(policy: Policy): readonly PageTime[] {
  const { groups } = ruleFile(policy);
  return enabledAlerts(policy).flatMap((alert) =>
    severitiesOf(alert, policy).map((severity) => {
      const receiver = receiverOfAlert(alert, policy, severity);
      const isPage = receiver !== NOBODY && receiver !== DEAD_MANS_SWITCH;
      const first = pageLatencySeconds(policy, severity, {
        forSeconds: ruleWaitSeconds(alert, severity, groups, policy),
      });
      const groupWait = policy.severities[severity].group_wait_seconds;
      const next = first + Math.max(0, policy.pipeline.group_interval_seconds - groupWait);
      return {
        alert: alert.key,
        severity,
        firstSeconds: isPage ? rounded(first) : undefined,
        nextSeconds: isPage ? rounded(next) : undefined,
        owner: ownerOf(alert, policy),
        receiver,
      };
    }),
  );
}

/** What the rule waits beyond the interval of the rules that page: its own `for`, and a slower group. */
function ruleWaitSeconds(
  { name }: AlertDefinition,
  severity: Severity,
  groups: readonly RuleGroup[],
  policy: Policy,
): number {
  const waits = groups.flatMap(({ interval, rules }) =>
    rules.flatMap((rule) => {
      if (!("alert" in rule) || rule.alert !== name || rule.labels["severity"] !== severity) return [];
      const waited = "for" in rule && typeof rule.for === "string" ? secondsOf(rule.for) : 0;
      return [waited + secondsOf(interval) - policy.pipeline.rule_interval_seconds];
    }),
  );
  return Math.max(0, ...waits);
}

/** A time by which a page must be there, and the number of the policy that says so. */
interface Deadline {
  readonly key: string;
  readonly seconds: number;
  /** Seconds of one unit of the key. */
  readonly unitSeconds: number;
  readonly otherwise: string;
}

/** Each page that comes too late, with the numbers to change. */
export function lateFindings(policy: Policy): readonly Finding[] {
  return pageTimes(policy).flatMap(({ alert, severity, firstSeconds, nextSeconds }) =>
    deadlines(alert, severity, policy).flatMap(({ key, seconds, unitSeconds, otherwise }) => {
      const slowest = nextSeconds ?? 0;
      if (firstSeconds === undefined || slowest < seconds) return [];
      const isFirst = firstSeconds >= seconds;
      const wait = isFirst ? `severities.${severity}.group_wait_seconds` : "pipeline.group_interval_seconds";
      return [
        fail(
          alert,
          `${severity}: the page takes up to ${isFirst ? firstSeconds : slowest} s${isFirst ? "" : " where another of its group is open"}, and ${key} leaves ${rounded(seconds)} s: ${otherwise}`,
          `Raise ${key} above ${rounded(slowest / unitSeconds)}, or lower ${wait} (detection alone takes ${rounded(detectionSeconds(policy))} s).`,
        ),
      ];
    }),
  );
}

function deadlines(alert: string, severity: Severity, policy: Policy): readonly Deadline[] {
  const { thresholds, severities } = policy;
  const inMinutes = (key: string, minutes: number, otherwise: string): Deadline => {
    return { key, seconds: minutes * 60, unitSeconds: 60, otherwise };
  };
  const afterExpiry = "it comes after the lease's expiry";
  return [
    inMinutes(`severities.${severity}.due_minutes`, severities[severity].due_minutes, "it is overdue when it comes"),
    ...(alert === "lease_expiring_with_claimed_job"
      ? [inMinutes("thresholds.lease_remaining_minutes_warn", thresholds.lease_remaining_minutes_warn, afterExpiry)]
      : []),
    ...(alert === "artifact_missing"
      ? [inMinutes("thresholds.artifact_missing_lease_minutes", thresholds.artifact_missing_lease_minutes, afterExpiry)]
      : []),
  ];
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}
