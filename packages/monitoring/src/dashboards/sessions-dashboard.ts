/** The dashboard of sessions and repairs: which agents are dead or wait, and what the workers mend by themselves. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { DASHBOARD_UIDS } from "../paths.ts";
import type { DashboardSpec } from "./dashboard-frame.ts";
import * as queries from "./queries.ts";
import { incidentTable, repairTable, waitingSessionsTable } from "./tables.ts";
import { NEUTRAL, NONE_IS_BEST, NONE_IS_GREEN } from "./thresholds.ts";

const SESSIONS = ["session_dead", "session_cancelled"] as const;
const NEEDS_PERSON = ["repair_exhausted", "control_store_unreadable"] as const;

/** The dashboard of sessions and repairs under `policy`. */
export function sessionsDashboard(policy: Policy): DashboardSpec {
  return {
    uid: DASHBOARD_UIDS.sessions,
    title: "Sessions and repairs",
    description: "Which sessions are dead, which wait for a limit, and do the workers' own repairs work?",
    worker: "many",
    rows: [
      {
        title: "Are sessions dead, and do repairs work?",
        panels: [
          {
            kind: "stat",
            title: "Session deaths",
            description: "Jobs whose agent's session died in the range shown, by class.",
            unit: "short",
            width: 8,
            queries: [{ expr: queries.jobsWith("session_dead"), legend: queries.REASON_LEGEND }],
            thresholds: NONE_IS_GREEN,
            noValue: "none",
          },
          {
            kind: "stat",
            title: "Sessions that wait for a limit",
            description: "Sessions that wait for a usage or rate limit's reset and are not dead yet.",
            unit: "short",
            width: 5,
            queries: [{ expr: `count(${queries.sessionsWaiting}) or vector(0)` }],
            thresholds: NONE_IS_BEST,
          },
          {
            kind: "stat",
            title: "Repairs that worked",
            description: "Share of the repairs that were carried out within the hold time of events.",
            unit: "percentunit",
            width: 5,
            queries: [{ expr: queries.repairSuccess }],
            thresholds: NEUTRAL,
            noValue: "no repair",
          },
          {
            kind: "stat",
            title: "Repairs by result",
            description: "Repairs within the hold time of events. One that needs a person is a proposal.",
            unit: "short",
            width: 6,
            queries: [{ expr: queries.repairsByResult, legend: queries.RESULT_LEGEND }],
            thresholds: NEUTRAL,
            noValue: "none",
          },
        ],
      },
      {
        title: "Whose sessions?",
        panels: [
          incidentTable(policy, {
            title: "Session deaths and cancelled runs",
            description: "Each session that died, with its class, and each run that its budget ended.",
            width: 12,
            kinds: SESSIONS,
            noValue: "none died",
          }),
          waitingSessionsTable(policy),
        ],
      },
      {
        title: "Which repairs?",
        panels: [
          incidentTable(policy, {
            title: "Repairs that need a person",
            description: "Repairs that may not be made by themselves, or whose one retry failed.",
            width: 12,
            kinds: NEEDS_PERSON,
            noValue: "none",
          }),
          repairTable(),
        ],
      },
      {
        title: "Since when?",
        panels: [
          {
            kind: "timeseries",
            title: "Open session deaths, by class",
            description: "Sessions that died and have not worked since.",
            unit: "short",
            width: 12,
            queries: [{ expr: queries.openOfKinds(...SESSIONS), legend: queries.INCIDENT_LEGEND }],
            stacked: true,
          },
          {
            kind: "timeseries",
            title: "Repairs, by result",
            description: "Repairs within the hold time of events before each moment.",
            unit: "short",
            width: 12,
            queries: [{ expr: queries.repairsByResult, legend: queries.RESULT_LEGEND }],
            stacked: true,
          },
        ],
      },
    ],
  };
}
