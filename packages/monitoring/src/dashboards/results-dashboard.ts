/** The dashboard of result contracts and artifacts: does what was claimed end with what was asked for? */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { DASHBOARD_UIDS } from "../paths.ts";
import { LABELS } from "../rules/labels.ts";
import type { DashboardSpec } from "./dashboard-frame.ts";
import { budgetStat, objectiveCurves, objectivesTable } from "./objective-panels.ts";
import * as queries from "./queries.ts";
import { advancementCurve, advancementStat } from "./stats.ts";
import { fruitlessWorkersTable, incidentTable } from "./tables.ts";
import { leaseColours, NEUTRAL, NONE_IS_GREEN } from "./thresholds.ts";

const REJECTED = ["complete_rejected", "complete_unknown", "job_not_found"] as const;
const ARTIFACT = ["artifact_missing", "missing_deliverable_id"] as const;

/** The dashboard of result contracts and artifacts under `policy`. */
export function resultsDashboard(policy: Policy): DashboardSpec {
  return {
    uid: DASHBOARD_UIDS.results,
    title: "Result contract and artifacts",
    description: "Do claimed jobs end with a verified artifact and an accepted completion, and if not, why?",
    worker: "many",
    rows: [
      {
        title: "Do jobs end with what was asked for?",
        panels: [
          advancementStat(policy, 4),
          budgetStat(policy, 6),
          {
            kind: "stat",
            title: "Artifact evidence rate",
            description: "Share of the artifact gate's decisions in the range shown that found the evidence.",
            unit: "percentunit",
            width: 4,
            queries: [{ expr: queries.evidenceRate }],
            thresholds: NEUTRAL,
            noValue: "no decision",
          },
          {
            kind: "stat",
            title: "Lease left at complete, 5th percentile",
            description: "How close completions came to the end of their lease in the range shown.",
            unit: "s",
            width: 6,
            queries: [{ expr: queries.leaseMarginLow }],
            thresholds: leaseColours(policy),
            noValue: "no completion",
          },
          {
            kind: "stat",
            title: "Completions rejected",
            description: "Jobs whose completion the queue rejected for good in the range shown, by reason.",
            unit: "short",
            width: 4,
            queries: [{ expr: queries.jobsWith("complete_rejected"), legend: queries.REASON_LEGEND }],
            thresholds: NONE_IS_GREEN,
            noValue: "none",
          },
        ],
      },
      { title: "In which pool?", panels: [objectivesTable(policy, 24)] },
      {
        title: "Which jobs?",
        panels: [
          incidentTable(policy, {
            title: "Completions rejected, unknown or of a job that is gone",
            description: "Result-contract failures in the range shown, with the reason of each.",
            width: 12,
            kinds: REJECTED,
            noValue: "every completion was accepted",
          }),
          incidentTable(policy, {
            title: "Artifacts missing",
            description:
              "Jobs for which the artifact gate found nothing that it could verify, or that had no slot for uploads.",
            width: 12,
            kinds: ARTIFACT,
            noValue: "every artifact was verified",
          }),
        ],
      },
      {
        title: "Since when?",
        panels: [
          advancementCurve(12),
          {
            kind: "timeseries",
            title: "Artifact evidence rate by pool",
            description: "Share of the artifact gate's decisions that found the evidence. A dot leads to its trace.",
            unit: "percentunit",
            width: 12,
            queries: [{ expr: queries.evidenceRateByPool, legend: `{{${LABELS.workerPool}}}` }],
          },
        ],
      },
      { title: "How fast does the error budget burn?", panels: objectiveCurves(policy) },
      {
        title: "For what reason?",
        panels: [
          {
            kind: "timeseries",
            title: "Open rejections, by reason",
            description: "Result-contract failures that nothing has cleared yet.",
            unit: "short",
            width: 12,
            queries: [{ expr: queries.openOfKinds(...REJECTED), legend: queries.INCIDENT_LEGEND }],
            stacked: true,
          },
          {
            kind: "timeseries",
            title: "Open artifact gaps, by reason",
            description: "Missing artifacts and upload slots that nothing has cleared yet.",
            unit: "short",
            width: 12,
            queries: [{ expr: queries.openOfKinds(...ARTIFACT), legend: queries.INCIDENT_LEGEND }],
            stacked: true,
          },
        ],
      },
      {
        title: "By whose hand?",
        panels: [fruitlessWorkersTable()],
      },
    ],
  };
}
