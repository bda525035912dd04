/** The Worker dashboard: one worker, from "is it well" to the attempt and phase that say why not. A page links here. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { DASHBOARD_UIDS } from "../paths.ts";
import { LABELS } from "../rules/labels.ts";
import { RECORDED } from "../rules/recording-rules.ts";
import { type DashboardSpec, OF_WORKER } from "./dashboard-frame.ts";
import { phasePanels } from "./fleet-dashboard.ts";
import * as queries from "./queries.ts";
import { alertTable, attemptTable } from "./tables.ts";
import { absenceColours, leaseColours, NONE_IS_GREEN, progressColours, streakColours } from "./thresholds.ts";

const JOB_LEGEND = `{{${LABELS.jobId}}}`;

/** The Worker dashboard under `policy`. */
export function workerDashboard(policy: Policy): DashboardSpec {
  return {
    uid: DASHBOARD_UIDS.worker,
    title: "Worker",
    description: "One worker: its alerts, its job, its attempts, its phases.",
    worker: "one",
    rows: [
      { title: "Is it well?", panels: headline(policy) },
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
          },
          {
            kind: "timeseries",
            title: "Time since the last sign of progress",
            description: "Seconds since the job moved. Past the stall limit the library stops renewing.",
            unit: "s",
            width: 12,
            queries: [{ expr: queries.progressAge, legend: JOB_LEGEND }],
            thresholds: progressColours(policy),
          },
        ],
      },
      {
        title: "Why?",
        panels: [
          {
            kind: "timeseries",
            title: "Open incidents",
            description: "What happened in this worker's attempts and nothing has cleared.",
            unit: "short",
            width: 12,
            queries: [{ expr: queries.openIncidents, legend: queries.incidentLegend }],
            stacked: true,
          },
          {
            kind: "timeseries",
            title: "Claims by outcome",
            description: "This worker's claims in a minute: with a job, without one, failed.",
            unit: "cpm",
            width: 12,
            queries: [{ expr: queries.claimRate, legend: queries.claimLegend }],
          },
        ],
      },
      { title: "Phases of its pool", panels: phasePanels() },
    ],
  };
}

function headline(policy: Policy): DashboardSpec["rows"][number]["panels"] {
  return [
    {
      kind: "stat",
      title: "Alerts firing",
      description: "Alerts about this worker that fire now.",
      unit: "short",
      width: 5,
      queries: [{ expr: queries.firingCount }],
      thresholds: NONE_IS_GREEN,
    },
    {
      kind: "stat",
      title: "Last seen",
      description: "Time since this worker's last sign of life. Red where worker_absent fires.",
      unit: "s",
      width: 5,
      queries: [{ expr: `time() - max(${RECORDED.alive}{${OF_WORKER}})` }],
      thresholds: absenceColours(policy),
      noValue: "never",
    },
    {
      kind: "stat",
      title: "Lease left",
      description: "Lease left of the job it holds. Red where lease_expiring_with_claimed_job fires.",
      unit: "s",
      width: 5,
      queries: [{ expr: `min(${RECORDED.openLease}{${OF_WORKER}}) - time()` }],
      thresholds: leaseColours(policy),
      noValue: "no job",
    },
    {
      kind: "stat",
      title: "Empty claims in a row",
      description: "Consecutive claims without a job. Yellow where repeated_no_job fires.",
      unit: "short",
      width: 4,
      queries: [{ expr: `max(${queries.streak})` }],
      thresholds: streakColours(policy),
    },
    {
      kind: "stat",
      title: "Project advancement",
      description: "Share of its jobs in the range shown that have a verified artifact.",
      unit: "percentunit",
      width: 5,
      queries: [{ expr: queries.advancement }],
      noValue: "no job",
    },
  ];
}
