/** The Fleet dashboard: is the fleet advancing, what is wrong, with whom, and why. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { DASHBOARD_UIDS } from "../paths.ts";
import { LABELS, WORKER } from "../rules/labels.ts";
import { ranges } from "../rules/ranges.ts";
import { RECORDED } from "../rules/recording-rules.ts";
import { type DashboardSpec, OF_WORKER } from "./dashboard-frame.ts";
import * as queries from "./queries.ts";
import { alertTable, heldJobsTable, workerLink } from "./tables.ts";
import { absenceColours, leaseColours, NEUTRAL, NONE_IS_GREEN, progressColours, streakColours } from "./thresholds.ts";

const WORKER_LEGEND = `{{${LABELS.workerId}}}`;
const JOB_LEGEND = `{{${LABELS.workerId}}} {{${LABELS.jobId}}}`;

/** The Fleet dashboard under `policy`. */
export function fleetDashboard(policy: Policy): DashboardSpec {
  return {
    uid: DASHBOARD_UIDS.fleet,
    title: "Worker fleet",
    description: "Do the workers advance their project? From the symptom at the top to the cause at the bottom.",
    worker: "many",
    rows: [
      { title: "Is the fleet advancing?", panels: headline(policy) },
      { title: "What is wrong, and whose is it?", panels: [alertTable(policy)] },
      {
        title: "Workers",
        panels: [
          {
            kind: "table",
            title: "Workers",
            description: "Each worker with the seconds since its last sign of life and its empty claims in a row.",
            unit: "short",
            width: 12,
            queries: [{ expr: queries.lastSeen }, { expr: queries.streak }],
            columns: [
              { field: LABELS.workerPool, title: "Pool" },
              { field: LABELS.workerId, title: "Worker", link: workerLink() },
              { field: "Value #A", title: "Last seen", unit: "s" },
              { field: "Value #B", title: "Empty claims", unit: "short" },
            ],
          },
          {
            kind: "timeseries",
            title: "Time since the last sign of life",
            description: "Seconds since each worker was seen. The red line is where worker_absent fires.",
            unit: "s",
            width: 12,
            queries: [{ expr: queries.lastSeen, legend: WORKER_LEGEND }],
            thresholds: absenceColours(policy),
          },
        ],
      },
      {
        title: "Jobs and leases",
        panels: [
          heldJobsTable(policy),
          {
            kind: "timeseries",
            title: "Lease left",
            description: "Seconds of lease left of each held job. It falls, and jumps up with each renewal.",
            unit: "s",
            width: 12,
            queries: [{ expr: queries.leaseLeft, legend: JOB_LEGEND }],
            thresholds: leaseColours(policy),
          },
          {
            kind: "timeseries",
            title: "Time since the last sign of progress",
            description:
              "Seconds since each held job moved: a phase, a stage, output, bytes. Keep-alive is not progress.",
            unit: "s",
            width: 12,
            queries: [{ expr: queries.progressAge, legend: JOB_LEGEND }],
            thresholds: progressColours(policy),
          },
        ],
      },
      {
        title: "Claims",
        panels: [
          {
            kind: "timeseries",
            title: "Claims by outcome",
            description: "Claims in a minute: with a job, without one, failed.",
            unit: "cpm",
            width: 12,
            queries: [{ expr: queries.claimRate, legend: queries.claimLegend }],
          },
          {
            kind: "timeseries",
            title: "Empty claims in a row",
            description: "The streak of each worker. A claim that gets a job ends it; a failed claim does not.",
            unit: "short",
            width: 12,
            queries: [{ expr: queries.streak, legend: WORKER_LEGEND }],
            thresholds: streakColours(policy),
          },
        ],
      },
      {
        title: "Results and artifacts",
        panels: [
          {
            kind: "timeseries",
            title: "Open incidents",
            description: "What happened in attempts and nothing has cleared, by kind and reason.",
            unit: "short",
            width: 12,
            queries: [{ expr: queries.openIncidents, legend: queries.incidentLegend }],
            stacked: true,
          },
          {
            kind: "stat",
            title: "Completions rejected, by reason",
            description: "Jobs whose completion the queue rejected for good in the range shown.",
            unit: "short",
            width: 6,
            height: 8,
            queries: [{ expr: queries.incidentsInRange("complete_rejected"), legend: `{{${LABELS.reason}}}` }],
            thresholds: NONE_IS_GREEN,
            noValue: "none",
          },
          {
            kind: "stat",
            title: "Artifacts missing, by reason",
            description: "Jobs for which the artifact gate found nothing it could verify in the range shown.",
            unit: "short",
            width: 6,
            height: 8,
            queries: [{ expr: queries.incidentsInRange("artifact_missing"), legend: `{{${LABELS.reason}}}` }],
            thresholds: NONE_IS_GREEN,
            noValue: "none",
          },
        ],
      },
      { title: "Phases", panels: phasePanels() },
    ],
  };
}

function headline(policy: Policy): DashboardSpec["rows"][number]["panels"] {
  const absentSeconds = ranges(policy).absentSeconds;
  return [
    {
      kind: "stat",
      title: "Alerts firing",
      description: "Alerts of the watchdog that fire now, without the dead man's switch.",
      unit: "short",
      width: 4,
      queries: [{ expr: queries.firingCount }],
      thresholds: NONE_IS_GREEN,
    },
    {
      kind: "stat",
      title: "Project advancement",
      description: "Share of the jobs claimed in the range shown that have a verified artifact.",
      unit: "percentunit",
      width: 4,
      queries: [{ expr: queries.advancement }],
      thresholds: NEUTRAL,
      noValue: "no job",
    },
    {
      kind: "stat",
      title: "Jobs claimed",
      description: "Jobs that were claimed in the range shown.",
      unit: "short",
      width: 4,
      queries: [{ expr: queries.jobsClaimed }],
      thresholds: NEUTRAL,
    },
    {
      kind: "stat",
      title: "Jobs held",
      description: "Jobs that a worker holds now, also past the lease's end.",
      unit: "short",
      width: 4,
      queries: [{ expr: `count(${RECORDED.openLease}{${OF_WORKER}}) or vector(0)` }],
      thresholds: NEUTRAL,
    },
    {
      kind: "stat",
      title: "Shortest lease left",
      description: "Lease left of the held job that is nearest to its expiry.",
      unit: "s",
      width: 4,
      queries: [{ expr: `min(${RECORDED.openLease}{${OF_WORKER}}) - time()` }],
      thresholds: leaseColours(policy),
      noValue: "no job",
    },
    {
      kind: "stat",
      title: "Workers alive",
      description: "Workers with a sign of life within the absence limit of the policy.",
      unit: "short",
      width: 4,
      queries: [
        {
          expr: `count(max by (${WORKER}) (${RECORDED.alive}{${OF_WORKER}}) >= time() - ${absentSeconds}) or vector(0)`,
        },
      ],
      thresholds: NEUTRAL,
    },
  ];
}

/** Duration and trouble of phases, for each pool. */
export function phasePanels(): DashboardSpec["rows"][number]["panels"] {
  return [
    {
      kind: "timeseries",
      title: "Phase duration, 95th percentile",
      description: "How long each phase takes, over the pool: made from spans by the Collector.",
      unit: "s",
      width: 12,
      queries: [{ expr: queries.phaseDuration, legend: queries.phaseLegend }],
    },
    {
      kind: "timeseries",
      title: "Phases that did not end ok",
      description: "Phase runs in a minute that were retried, failed for good or got stuck.",
      unit: "cpm",
      width: 12,
      queries: [{ expr: queries.phaseTrouble, legend: queries.phaseTroubleLegend }],
      stacked: true,
    },
  ];
}
