/** The Fleet dashboard: is the fleet advancing, what is wrong, with whom. The other dashboards say why. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { DASHBOARD_UIDS } from "../paths.ts";
import type { DashboardSpec } from "./dashboard-frame.ts";
import { budgetStat, objectivesTable } from "./objective-panels.ts";
import { phasePanels } from "./phase-panels.ts";
import * as queries from "./queries.ts";
import {
  advancementCurve,
  advancementStat,
  alertStat,
  queueAgeStat,
  shortestLeaseStat,
  stuckAgeStat,
} from "./stats.ts";
import { alertTable, roleTable, workerTable } from "./tables.ts";
import { healthColours } from "./thresholds.ts";

/** The Fleet dashboard under `policy`. */
export function fleetDashboard(policy: Policy): DashboardSpec {
  return {
    uid: DASHBOARD_UIDS.fleet,
    title: "Worker fleet",
    description: "Do the workers advance their project? From the symptom at the top to the cause at the bottom.",
    worker: "many",
    rows: [
      {
        title: "Is the fleet advancing?",
        panels: [
          alertStat(3),
          advancementStat(policy, 4),
          {
            kind: "stat",
            title: "Healthy workers",
            description: "Share of the workers on duty about which no alert fires.",
            unit: "percentunit",
            width: 3,
            queries: [{ expr: queries.health }],
            thresholds: healthColours(policy),
            noValue: "no worker",
          },
          budgetStat(policy, 5),
          shortestLeaseStat(policy, 3),
          stuckAgeStat(policy, 3),
          queueAgeStat(policy, 3),
        ],
      },
      { title: "What is wrong, and whose is it?", panels: [alertTable(policy)] },
      {
        title: "In which pool?",
        panels: [roleTable(policy), objectivesTable(policy, 12)],
      },
      { title: "With whom?", panels: [workerTable(policy)] },
      {
        title: "Since when?",
        panels: [
          advancementCurve(8),
          {
            kind: "timeseries",
            title: "Health by pool and role",
            description: "Share of the workers on duty about which no alert fires.",
            unit: "percentunit",
            width: 8,
            queries: [{ expr: queries.healthByRole, legend: queries.ROLE_LEGEND }],
          },
          {
            kind: "timeseries",
            title: "Alerts by severity",
            description: "Alerts that fire. Critical and high page a person; medium is a message.",
            unit: "short",
            width: 8,
            queries: [{ expr: queries.alertsBySeverity, legend: "{{severity}}" }],
            stacked: true,
          },
        ],
      },
      { title: "Which phase?", panels: phasePanels() },
    ],
  };
}
