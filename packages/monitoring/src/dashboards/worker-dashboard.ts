/** The Worker dashboard: one worker, from "is it well" to the attempt and phase that say why not. A page links here. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { DASHBOARD_UIDS } from "../paths.ts";
import { LABELS } from "../rules/labels.ts";
import type { DashboardSpec } from "./dashboard-frame.ts";
import { jobOfSeries } from "./links.ts";
import { phasePanels } from "./phase-panels.ts";
import * as queries from "./queries.ts";
import { advancementStat, alertStat, shortestLeaseStat, stuckAgeStat } from "./stats.ts";
import { alertTable, attemptTable, incidentTable } from "./tables.ts";
import { absenceColours, leaseColours, progressColours, streakColours } from "./thresholds.ts";

const JOB_LEGEND = `{{${LABELS.jobId}}}`;

/** The Worker dashboard under `policy`. */
export function workerDashboard(policy: Policy): DashboardSpec {
  return {
    uid: DASHBOARD_UIDS.worker,
    title: "Worker",
    description: "One worker: its alerts, its job, its attempts, its phases.",
    worker: "one",
    rows: [
      {
        title: "Is it well?",
        panels: [
          alertStat(4),
          {
            kind: "stat",
            title: "Last seen",
            description: "Time since this worker's last sign of life. Red where worker_absent fires.",
            unit: "s",
            width: 4,
            queries: [{ expr: queries.longestUnseen }],
            thresholds: absenceColours(policy),
            noValue: "signed off",
          },
          shortestLeaseStat(policy, 4),
          stuckAgeStat(policy, 4),
          {
            kind: "stat",
            title: "Empty claims in a row",
            description: "Consecutive claims without a job. Yellow where repeated_no_job fires.",
            unit: "short",
            width: 4,
            queries: [{ expr: queries.longestStreak }],
            thresholds: streakColours(policy),
          },
          advancementStat(policy, 4),
        ],
      },
      { title: "What is wrong?", panels: [alertTable(policy)] },
      { title: "What became of its jobs?", panels: [attemptTable(policy)] },
      {
        title: "The job it holds",
        panels: [
          {
            kind: "timeseries",
            title: "Lease left",
            description: "Seconds of lease left. It falls, and jumps up with each renewal.",
            unit: "s",
            width: 12,
            queries: [{ expr: queries.leaseLeft, legend: JOB_LEGEND }],
            thresholds: leaseColours(policy),
            links: jobOfSeries(policy),
          },
          {
            kind: "timeseries",
            title: "Time since the last sign of progress",
            description: "Seconds since the job moved. Past the stall limit the library stops renewing its lease.",
            unit: "s",
            width: 12,
            queries: [{ expr: queries.progressAge, legend: JOB_LEGEND }],
            thresholds: progressColours(policy),
            links: jobOfSeries(policy),
          },
        ],
      },
      {
        title: "Why?",
        panels: [
          incidentTable(policy, {
            title: "What happened in its attempts",
            description: "Incidents in the range shown; open where nothing has cleared them.",
            width: 16,
            kinds: [],
            noValue: "nothing",
          }),
          {
            kind: "timeseries",
            title: "Claims by outcome",
            description: "This worker's claims in a minute: with a job, without one, failed.",
            unit: "cpm",
            width: 8,
            queries: [{ expr: queries.claimRateOfWorker, legend: queries.CLAIM_LEGEND }],
          },
        ],
      },
      { title: "Phases of its pool", panels: phasePanels() },
    ],
  };
}
