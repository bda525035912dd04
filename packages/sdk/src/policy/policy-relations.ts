/** How a policy's numbers bound each other (R4.6): each in its own range may still page a healthy worker, or nobody. */
import { detectionSeconds, pageLatencySeconds } from "./page-latency.ts";
import type { BurnName, Policy, Severity } from "./policy.ts";
import { BURN_NAMES, SEVERITIES } from "./policy-values.ts";

/** One bound of a key that other keys set. */
export interface Relation {
  readonly key: string;
  /** The key's value in seconds. */
  readonly seconds: (policy: Policy) => number;
  /** Seconds of one unit of the key, to say the limit in its own unit. */
  readonly unitSeconds: (policy: Policy) => number;
  readonly unit: string;
  readonly is: "above" | "at least" | "below" | "at most";
  readonly limitSeconds: (policy: Policy) => number;
  /** The keys that the limit comes from. */
  readonly from: readonly string[];
  /** What happens otherwise. */
  readonly otherwise: string;
}

/** Alertmanager allows a notification one group interval, and at least this long (`notify.MinTimeout`). */
const LEAST_NOTIFY_SECONDS = 10;

const exportAndRules = ["pipeline.export_interval_seconds", "pipeline.rule_interval_seconds"] as const;
const highLatency = [...exportAndRules, "severities.high.group_wait_seconds"] as const;

/** The bounds. */
export const relations: readonly Relation[] = [
  {
    ...threshold("lease_keepalive_minutes"),
    is: "above",
    limitSeconds: (policy) => warnSeconds(policy) + pageLatencySeconds(policy, "high"),
    from: ["thresholds.lease_remaining_minutes_warn", ...highLatency],
    otherwise: "a healthy worker is paged before its renewal is seen",
  },
  {
    ...threshold("lease_max_minutes"),
    is: "above",
    limitSeconds: (policy) => policy.thresholds.lease_keepalive_minutes * 60,
    from: ["thresholds.lease_keepalive_minutes"],
    otherwise: "every lease is renewed the moment it is granted, and runs out",
  },
  {
    ...threshold("lease_remaining_minutes_warn"),
    is: "above",
    limitSeconds: (policy) => pageLatencySeconds(policy, "high"),
    from: highLatency,
    otherwise: "the page comes after the lease's expiry",
  },
  {
    ...threshold("lease_emergency_minutes"),
    is: "below",
    limitSeconds: warnSeconds,
    from: ["thresholds.lease_remaining_minutes_warn"],
    otherwise: "the emergency comes before the warning",
  },
  {
    ...threshold("artifact_missing_lease_minutes"),
    is: "at most",
    limitSeconds: warnSeconds,
    from: ["thresholds.lease_remaining_minutes_warn"],
    otherwise: "a job whose lease is still renewed in time is paged as if it had no artifact",
  },
  {
    ...threshold("queue_stuck_no_life_minutes"),
    is: "above",
    limitSeconds: (policy) => policy.pipeline.row_refresh_seconds + detectionSeconds(policy),
    from: ["pipeline.row_refresh_seconds", ...exportAndRules],
    otherwise: "a job whose worker lives is told as stuck between two signs of life",
  },
  {
    ...threshold("complete_safety_margin_seconds"),
    is: "below",
    limitSeconds: (policy) => policy.thresholds.lease_emergency_minutes * 60,
    from: ["thresholds.lease_emergency_minutes"],
    otherwise: "finished work is refused before the emergency renewal is tried",
  },
  {
    ...threshold("lease_expired_grace_seconds"),
    is: "above",
    limitSeconds: (policy) => detectionSeconds(policy) - policy.thresholds.complete_safety_margin_seconds,
    from: ["thresholds.complete_safety_margin_seconds", ...exportAndRules],
    otherwise: "a job that was completed in time is paged as expired before its completion is seen",
  },
  {
    ...threshold("page_open_minutes"),
    is: "above",
    limitSeconds: (policy) =>
      policy.thresholds.lease_expired_grace_seconds +
      policy.pipeline.row_refresh_seconds +
      pageLatencySeconds(policy, "high"),
    from: ["thresholds.lease_expired_grace_seconds", "pipeline.row_refresh_seconds", ...highLatency],
    otherwise: "a dead worker's page closes before it is sent",
  },
  {
    ...threshold("event_hold_minutes"),
    is: "above",
    limitSeconds: (policy) => Math.max(...SEVERITIES.map((severity) => pageLatencySeconds(policy, severity))),
    from: [...exportAndRules, ...SEVERITIES.map((severity) => `severities.${severity}.group_wait_seconds`)],
    otherwise: "an event's page closes before it is sent",
  },
  {
    ...threshold("progress_stall_minutes"),
    is: "above",
    limitSeconds: (policy) => policy.thresholds.job_command_timeout_seconds,
    from: ["thresholds.job_command_timeout_seconds"],
    otherwise: "a worker that waits for one slow command counts as hung, and its lease runs out",
  },
  {
    ...absence(),
    is: "above",
    limitSeconds: (policy) =>
      Math.max(heartbeatSeconds(policy), policy.pipeline.row_refresh_seconds) + detectionSeconds(policy),
    from: ["heartbeat_interval_minutes", "pipeline.row_refresh_seconds", ...exportAndRules],
    otherwise: "a healthy worker is paged as absent between two signs of life",
  },
  {
    ...absence(),
    is: "below",
    limitSeconds: (policy) =>
      (policy.thresholds.lease_max_minutes + policy.thresholds.page_open_minutes) * 60 -
      pageLatencySeconds(policy, "high", { isSlow: true }),
    from: [
      "heartbeat_interval_minutes",
      "thresholds.lease_max_minutes",
      "thresholds.page_open_minutes",
      "pipeline.slow_rule_interval_seconds",
    ],
    otherwise: "an absent worker's last sign of life is forgotten before the page is due",
  },
  {
    ...inUnit("pipeline.slow_rule_interval_seconds", "seconds", ({ pipeline }) => pipeline.slow_rule_interval_seconds),
    is: "at least",
    limitSeconds: ({ pipeline }) => pipeline.rule_interval_seconds,
    from: ["pipeline.rule_interval_seconds"],
    otherwise: "the scans over hours are run more often than what pages within seconds",
  },
  {
    ...inUnit("pipeline.repeat_interval_minutes", "minutes", (policy) => policy.pipeline.repeat_interval_minutes),
    is: "at least",
    limitSeconds: (policy) => policy.pipeline.group_interval_seconds,
    from: ["pipeline.group_interval_seconds"],
    otherwise: "Alertmanager repeats at the group interval all the same",
  },
  {
    ...inUnit("line_bridge.request_timeout_seconds", "seconds", (policy) => policy.line_bridge.request_timeout_seconds),
    is: "below",
    limitSeconds: ({ line_bridge, pipeline }) =>
      (Math.max(pipeline.group_interval_seconds, LEAST_NOTIFY_SECONDS) -
        (line_bridge.attempts - 1) * line_bridge.retry_wait_seconds) /
      line_bridge.attempts,
    from: ["line_bridge.attempts", "line_bridge.retry_wait_seconds", "pipeline.group_interval_seconds"],
    otherwise: "Alertmanager gives up before the bridge has its answer",
  },
  {
    ...inUnit("telemetry.failing_seconds", "seconds", (policy) => policy.telemetry.failing_seconds),
    is: "at least",
    limitSeconds: (policy) => 6 * policy.telemetry.scrape_interval_seconds,
    from: ["telemetry.scrape_interval_seconds"],
    otherwise: "one missed scrape tells that a server is down",
  },
  {
    key: "journal.once_retention_days",
    unit: "days",
    unitSeconds: () => 86_400,
    seconds: (policy) => policy.journal.once_retention_days * 86_400,
    is: "at least",
    limitSeconds: (policy) => policy.journal.retention_days * 86_400,
    from: ["journal.retention_days"],
    otherwise: "a cancelled run is forgotten before what it did is",
  },
  ...BURN_NAMES.flatMap(burnRelations),
  ...SEVERITIES.map(
    (severity): Relation => ({
      ...due(severity),
      is: "above",
      limitSeconds: (policy) => pageLatencySeconds(policy, severity),
      from: [...exportAndRules, `severities.${severity}.group_wait_seconds`],
      otherwise: "an alert is overdue before its page is sent",
    }),
  ),
  ...SEVERITIES.slice(1).map((severity, index): Relation => {
    const graver = SEVERITIES[index] as Severity;
    return {
      ...due(severity),
      is: "at least",
      limitSeconds: (policy) => policy.severities[graver].due_minutes * 60,
      from: [`severities.${graver}.due_minutes`],
      otherwise: "the less severe alert is due first",
    };
  }),
];

type KeyPart = Pick<Relation, "key" | "seconds" | "unitSeconds" | "unit">;

function inUnit(key: string, unit: "minutes" | "seconds", value: (policy: Policy) => number): KeyPart {
  const unitSeconds = unit === "minutes" ? 60 : 1;
  return { key, unit, unitSeconds: () => unitSeconds, seconds: (policy) => value(policy) * unitSeconds };
}

function threshold(key: keyof Policy["thresholds"]): KeyPart {
  const unit = key.endsWith("_minutes") || key === "lease_remaining_minutes_warn" ? "minutes" : "seconds";
  return inUnit(`thresholds.${key}`, unit, (policy) => policy.thresholds[key]);
}

/** What holds between the windows of a burn rate, and lets it be reached at all. */
function burnRelations(name: BurnName): readonly Relation[] {
  const key = `slo.burn.${name}`;
  const long = (policy: Policy) => policy.slo.burn[name].long_window_minutes;
  const short = (policy: Policy) => policy.slo.burn[name].short_window_minutes;
  const objectives = ["artifact_objective_percent", "lease_objective_percent"] as const;
  return [
    {
      ...inUnit(`${key}.long_window_minutes`, "minutes", long),
      is: "at most",
      limitSeconds: (policy) => policy.slo.period_days * 86_400,
      from: ["slo.period_days"],
      otherwise: "the window is longer than the objective's period",
    },
    {
      ...inUnit(`${key}.short_window_minutes`, "minutes", short),
      is: "below",
      limitSeconds: (policy) => long(policy) * 60,
      from: [`${key}.long_window_minutes`],
      otherwise: "the short window does not tell sooner than the long one that the burn is over",
    },
    {
      ...inUnit(`${key}.short_window_minutes`, "minutes", short),
      is: "at least",
      limitSeconds: (policy) => policy.slo.rule_interval_seconds,
      from: ["slo.rule_interval_seconds"],
      otherwise: "claims end in the short window between two looks at it",
    },
    ...objectives.map(
      (objective): Relation => ({
        key: `${key}.budget_percent`,
        unit: "percent",
        // Not a time: compared as it is.
        unitSeconds: () => 1,
        seconds: (policy) => policy.slo.burn[name].budget_percent,
        is: "below",
        limitSeconds: (policy) =>
          (100 * long(policy) * 60) / (policy.slo.period_days * 86_400 * (1 - policy.slo[objective] / 100)),
        from: [`slo.${objective}`, "slo.period_days", `${key}.long_window_minutes`],
        otherwise: "not even a pool whose every claim is bad burns so fast, and nobody is ever told",
      }),
    ),
  ];
}

function due(severity: Severity): KeyPart {
  return inUnit(`severities.${severity}.due_minutes`, "minutes", (policy) => policy.severities[severity].due_minutes);
}

function absence(): KeyPart {
  return {
    key: "thresholds.worker_absent_heartbeats",
    unit: "heartbeat intervals",
    unitSeconds: heartbeatSeconds,
    seconds: (policy) => policy.thresholds.worker_absent_heartbeats * heartbeatSeconds(policy),
  };
}

function heartbeatSeconds(policy: Policy): number {
  return policy.heartbeat_interval_minutes * 60;
}

function warnSeconds(policy: Policy): number {
  return policy.thresholds.lease_remaining_minutes_warn * 60;
}
