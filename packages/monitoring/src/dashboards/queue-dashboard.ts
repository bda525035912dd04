/** The dashboard of queues and leases: who waits, who holds, and for how long still. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { DASHBOARD_UIDS } from "../paths.ts";
import { LABELS } from "../rules/labels.ts";
import type { DashboardSpec } from "./dashboard-frame.ts";
import * as queries from "./queries.ts";
import { alertStat, jobsHeldStat, queueAgeStat, shortestLeaseStat, stuckAgeStat } from "./stats.ts";
import { heldJobsTable, queueTable, streakTable, stuckJobsTable } from "./tables.ts";
import { leaseColours, progressColours, queueColours, streakColours } from "./thresholds.ts";

const POOL_LEGEND = `{{${LABELS.workerPool}}}`;

/** The dashboard of queues and leases under `policy`. */
export function queueDashboard(policy: Policy): DashboardSpec {
  return {
    uid: DASHBOARD_UIDS.queue,
    title: "Queue and leases",
    description: "Does work wait, does it stand still, and how much lease is left to whom?",
    worker: "many",
    rows: [
      {
        title: "Does anything stand still?",
        panels: [
          queueAgeStat(policy, 5),
          stuckAgeStat(policy, 5),
          shortestLeaseStat(policy, 5),
          jobsHeldStat(5),
          alertStat(4),
        ],
      },
      { title: "In which pool?", panels: [queueTable(policy)] },
      { title: "Which jobs?", panels: [stuckJobsTable(policy), heldJobsTable(policy)] },
      {
        title: "Since when does it wait or stand still?",
        panels: [
          {
            kind: "timeseries",
            title: "Queue age",
            description: "How long the oldest pending job of each pool waits. Red where queue_stuck_pool fires.",
            unit: "s",
            width: 12,
            queries: [{ expr: queries.queueAgeByPool, legend: POOL_LEGEND }],
            thresholds: queueColours(policy),
          },
          {
            kind: "timeseries",
            title: "Stuck age",
            description: "Time since the last sign of progress of each pool's stillest held job.",
            unit: "s",
            width: 12,
            queries: [{ expr: queries.progressAgeByPool, legend: POOL_LEGEND }],
            thresholds: progressColours(policy),
          },
        ],
      },
      {
        title: "How near are the leases to their end?",
        panels: [
          {
            kind: "timeseries",
            title: "Jobs held, by lease risk",
            description: "Near expiry: below the warning. Expired: past the lease. Stale: past its grace as well.",
            unit: "short",
            width: 8,
            queries: [{ expr: queries.jobsByRisk, legend: `{{${LABELS.risk}}}` }],
            stacked: true,
          },
          {
            kind: "timeseries",
            title: "Shortest lease left",
            description: "Of each pool. Renewal keeps it above the warning.",
            unit: "s",
            width: 8,
            queries: [{ expr: queries.leaseLeftByPool, legend: POOL_LEGEND }],
            thresholds: leaseColours(policy),
          },
          {
            kind: "heatmap",
            title: "Lease left at complete",
            description:
              "Seconds of lease that were left when a complete succeeded. Towards the bottom, leases are too short or work is too slow. A dot leads to its trace.",
            unit: "s",
            width: 8,
            queries: [{ expr: queries.leaseMargin, exemplar: true }],
          },
        ],
      },
      {
        title: "Do workers get jobs?",
        panels: [
          {
            kind: "timeseries",
            title: "Claims by outcome",
            description: "Claims in a minute: with a job, without one, failed.",
            unit: "cpm",
            width: 8,
            queries: [{ expr: queries.claimRate, legend: queries.CLAIM_LEGEND }],
            stacked: true,
          },
          {
            kind: "timeseries",
            title: "Empty claims in a row",
            description: "The longest streak of each pool. A claim that gets a job ends it; a failed claim does not.",
            unit: "short",
            width: 8,
            queries: [{ expr: queries.streakByPool, legend: POOL_LEGEND }],
            thresholds: streakColours(policy),
          },
          streakTable(policy),
        ],
      },
      {
        title: "How do they ask?",
        panels: [
          {
            kind: "timeseries",
            title: "Claim duration, 95th percentile",
            description: "How long a claim takes, in each pool. A dot leads to the trace of one.",
            unit: "s",
            width: 24,
            height: 6,
            queries: [{ expr: queries.claimDuration, legend: POOL_LEGEND, exemplar: true }],
          },
        ],
      },
    ],
  };
}
