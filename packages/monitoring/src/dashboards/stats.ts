/** Figures that more than one dashboard shows. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { LABELS } from "../rules/labels.ts";
import { jobOfSeries } from "./links.ts";
import type { PanelSpec } from "./panel.ts";
import * as queries from "./queries.ts";
import { leaseColours, NEUTRAL, NONE_IS_GREEN, progressColours, queueColours } from "./thresholds.ts";

/** How many alerts fire. */
export function alertStat(width: number): PanelSpec {
  return {
    kind: "stat",
    title: "Alerts",
    description: "Alerts of the watchdog that fire now, without the dead man's switch.",
    unit: "short",
    width,
    queries: [{ expr: queries.alertCount }],
    thresholds: NONE_IS_GREEN,
  };
}

/** Project advancement. */
export function advancementStat({ thresholds }: Policy, width: number): PanelSpec {
  return {
    kind: "stat",
    title: "Project advancement",
    description: `Share of the jobs whose work has ended that have a verified artifact. One that ended ${thresholds.advancement_half_life_minutes} min ago counts half.`,
    unit: "percentunit",
    width,
    queries: [{ expr: queries.advancement }],
    thresholds: NEUTRAL,
    noValue: "no job ended",
  };
}

/** The same over time, of each pool. */
export function advancementCurve(width: number): PanelSpec {
  return {
    kind: "timeseries",
    title: "Project advancement by pool",
    description: "Share of the jobs whose work has ended that have a verified artifact, weighted by recency.",
    unit: "percentunit",
    width,
    queries: [{ expr: queries.advancementByPool, legend: `{{${LABELS.workerPool}}}` }],
  };
}

/** The held job whose lease ends first. */
export function shortestLeaseStat(policy: Policy, width: number): PanelSpec {
  return {
    kind: "stat",
    title: "Shortest lease left",
    description: "Lease left of the held job that is nearest to its expiry. Red where its alert fires.",
    unit: "s",
    width,
    queries: [{ expr: queries.shortestLease, legend: "{{job_id}}" }],
    thresholds: leaseColours(policy),
    links: jobOfSeries(policy),
    noValue: "no job",
  };
}

/** The held job that has stood still for longest. */
export function stuckAgeStat(policy: Policy, width: number): PanelSpec {
  return {
    kind: "stat",
    title: "Longest stuck age",
    description: "Time since the last sign of progress of the held job that has stood still for longest.",
    unit: "s",
    width,
    queries: [{ expr: queries.longestStill, legend: "{{job_id}}" }],
    thresholds: progressColours(policy),
    links: jobOfSeries(policy),
    noValue: "no job",
  };
}

/** How long the oldest job waits. */
export function queueAgeStat(policy: Policy, width: number): PanelSpec {
  return {
    kind: "stat",
    title: "Longest queue age",
    description: "How long the oldest job waits for a worker that could take it.",
    unit: "s",
    width,
    queries: [{ expr: queries.oldestPending }],
    thresholds: queueColours(policy),
    noValue: "none waits",
  };
}

/** Jobs that workers hold. */
export function jobsHeldStat(width: number): PanelSpec {
  return {
    kind: "stat",
    title: "Jobs held",
    description: "Jobs that a worker holds now, also past the lease's end.",
    unit: "short",
    width,
    queries: [{ expr: queries.jobsHeld }],
    thresholds: NEUTRAL,
  };
}
