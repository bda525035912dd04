/** The series that the rules read from outside, and which alerts each of them serves. */
import { isExported, isRecorded, ruleFile, seriesRead } from "@worker-watchdog/monitoring";
import type { Policy } from "@worker-watchdog/sdk/policy";
import { METRICS } from "@worker-watchdog/sdk/semconv";

/**
 * When a series is there: `always` where a worker has started, `job` once one has claimed a job, `event` once something has happened that may never
 * happen, `server` where Prometheus scrapes the pipeline's own servers.
 */
export type Presence = "always" | "job" | "event" | "server";

/** One series that rules read. */
export interface NeededSeries {
  readonly name: string;
  readonly presence: Presence;
  /** Names of the alerts that stand on it, through whatever recording rules. */
  readonly alerts: readonly string[];
}

const PRESENCE: Readonly<Record<string, Presence>> = {
  [METRICS.aliveAt.prometheusName]: "always",
  [METRICS.claimPolledAt.prometheusName]: "always",
  [METRICS.noJobStreak.prometheusName]: "always",
  [METRICS.claims.prometheusName]: "always",
  [METRICS.claimStartedAt.prometheusName]: "job",
  [METRICS.claimLeaseExpiresAt.prometheusName]: "job",
  [METRICS.claimAliveAt.prometheusName]: "job",
};

/** The series of `policy`'s rules, in the order in which the rules first read them. */
export function neededSeries(policy: Policy): readonly NeededSeries[] {
  const rules = ruleFile(policy).groups.flatMap((group) => group.rules);
  const recorded = new Map(rules.flatMap((rule) => ("record" in rule ? [[rule.record, rule.expr] as const] : [])));
  const alerts = new Map<string, Set<string>>();
  for (const rule of rules) {
    for (const name of sources(rule.expr, recorded, new Set())) {
      const served = alerts.get(name) ?? new Set();
      alerts.set(name, served);
      if ("alert" in rule) served.add(rule.alert);
    }
  }
  return Array.from(alerts, ([name, served]) => ({ name, presence: presenceOf(name), alerts: [...served] }));
}

function sources(expr: string, recorded: ReadonlyMap<string, string>, seen: Set<string>): readonly string[] {
  return seriesRead(expr).flatMap(({ name }) => {
    if (seen.has(name)) return [];
    seen.add(name);
    const inner = recorded.get(name);
    if (inner !== undefined) return sources(inner, recorded, seen);
    return isRecorded(name) || name === "" ? [] : [name];
  });
}

function presenceOf(name: string): Presence {
  return isExported(name) ? (PRESENCE[name] ?? "event") : "server";
}
