/** Tables: each names the job that is affected, and leads to its trace with one click. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { type IncidentKind, METRICS } from "@worker-watchdog/sdk/semconv";
import { ALERTS } from "../alerts/alert-table.ts";
import { ATTEMPT, LABELS } from "../rules/labels.ts";
import { poolOfRow, runbookOfRow } from "./links.ts";
import type { PanelSpec, TableColumn } from "./panel.ts";
import * as queries from "./queries.ts";
import { identity, job, POOL_COLUMN, value, WORKER_COLUMN } from "./table-columns.ts";
import {
  absenceColours,
  healthColours,
  leaseColours,
  NONE_IS_BEST,
  NONE_IS_GREEN,
  progressColours,
  queueColours,
  streakColours,
  UP_IS_GREEN,
} from "./thresholds.ts";

const NEXT_ACTIONS = Object.fromEntries(ALERTS.map(({ key, nextAction }) => [key, nextAction]));

/** Every alert that fires, with its owner and next action. */
export function alertTable(policy: Policy): PanelSpec {
  return firingAlerts(policy, queries.alerts, [
    { field: LABELS.phase, title: "Phase", width: 90 },
    { field: LABELS.reason, title: "Reason" },
    ...identity(policy),
  ]);
}

/** The alerts on the pipeline itself, with the server that each is about. */
export function pipelineAlertTable(policy: Policy): PanelSpec {
  return firingAlerts(policy, queries.pipelineAlerts, [
    { field: LABELS.reason, title: "Reason" },
    { field: LABELS.service, title: "Server" },
    { field: LABELS.instance, title: "Instance" },
    POOL_COLUMN,
    WORKER_COLUMN,
  ]);
}

function firingAlerts(policy: Policy, expr: string, columns: readonly TableColumn[]): PanelSpec {
  return {
    kind: "table",
    title: "Alerts firing",
    description:
      "Each alert that fires now, with its owner and next action. The runbook says how; the trace shows the attempt.",
    unit: "short",
    width: 24,
    height: 7,
    queries: [{ expr }],
    noValue: "nothing fires",
    sort: { by: "Severity" },
    columns: [
      { field: LABELS.severity, title: "Severity", width: 90 },
      { field: "alertname", title: "Alert" },
      { field: LABELS.alertKey, title: "Policy key", link: runbookOfRow(policy) },
      { field: queries.NEXT_ACTION, title: "Next action", texts: NEXT_ACTIONS },
      { field: LABELS.owner, title: "Owner" },
      { field: "Value", title: "For", unit: "s", width: 90 },
      ...columns,
    ],
  };
}

/** Health and advancement of each pool and role, with a job that is affected. */
export function roleTable(policy: Policy): PanelSpec {
  return {
    kind: "table",
    title: "Health by pool and role",
    description:
      "Share of the workers on duty about which no alert fires, and project advancement. The job is one whose alert fires.",
    unit: "short",
    width: 12,
    queries: [
      { expr: queries.healthByRole },
      { expr: queries.workersByRole },
      { expr: queries.advancementByRole },
      { expr: queries.affectedJobByRole },
    ],
    sort: { by: "Health" },
    columns: [
      { ...POOL_COLUMN, link: poolOfRow("queue", "Queue and leases") },
      { field: LABELS.workerRole, title: "Role" },
      value(0, "Health", "percentunit", { thresholds: healthColours(policy), width: 80 }),
      value(1, "Workers", "short", { width: 80 }),
      value(2, "Advancement", "percentunit", { width: 110 }),
      ...job(policy),
    ],
  };
}

/** The workers most in need of a look, with the job that each holds. */
export function workerTable(policy: Policy): PanelSpec {
  return {
    kind: "table",
    title: "Workers and their current jobs",
    description:
      "The hundred workers most in need of a look: those with an alert first, then those not seen for longest. Health is 1 where no alert fires about the worker.",
    unit: "short",
    width: 24,
    height: 9,
    queries: [
      { expr: queries.workerHealth },
      { expr: queries.workerLastSeen },
      { expr: queries.workerStreak },
      { expr: queries.workerJob },
    ],
    sort: { by: "Health" },
    columns: [
      value(0, "Health", "short", { thresholds: UP_IS_GREEN, width: 80 }),
      POOL_COLUMN,
      { field: LABELS.workerRole, title: "Role" },
      WORKER_COLUMN,
      value(1, "Last seen", "s", { thresholds: absenceColours(policy), width: 110 }),
      value(2, "Empty claims", "short", { thresholds: streakColours(policy), width: 110 }),
      ...job(policy),
      value(3, "Lease left", "s", { thresholds: leaseColours(policy), width: 110 }),
    ],
  };
}

/** Held jobs, with the lease that is left. */
export function heldJobsTable(policy: Policy): PanelSpec {
  return {
    kind: "table",
    title: "Jobs held, by lease",
    description:
      "The hundred held jobs with the least lease left. Below zero the lease ran out and nobody took the job over.",
    unit: "s",
    width: 12,
    queries: [{ expr: queries.heldByLease }],
    noValue: "no job is held",
    sort: { by: "Lease left" },
    columns: [
      ...identity(policy),
      { field: "Value", title: "Lease left", unit: "s", thresholds: leaseColours(policy), width: 110 },
    ],
  };
}

/** Held jobs, with the time that they have stood still. */
export function stuckJobsTable(policy: Policy): PanelSpec {
  return {
    kind: "table",
    title: "Jobs held, by stuck age",
    description:
      "The hundred held jobs that have gone longest without a sign of progress. Keep-alive is life, not progress.",
    unit: "s",
    width: 12,
    queries: [{ expr: queries.heldByProgress }, { expr: queries.leaseOfStillest }],
    noValue: "no job is held",
    sort: { by: "Stuck for", falling: true },
    columns: [
      ...identity(policy),
      value(0, "Stuck for", "s", { thresholds: progressColours(policy), width: 110 }),
      value(1, "Lease left", "s", { thresholds: leaseColours(policy), width: 110 }),
    ],
  };
}

/** Each pool's queue, with the held job that stands still for longest. */
export function queueTable(policy: Policy): PanelSpec {
  return {
    kind: "table",
    title: "Queues",
    description:
      "What waits in each pool's queue, by the word of the worker that asked last, and the held job there that has stood still for longest.",
    unit: "short",
    width: 24,
    queries: [{ expr: queries.pendingByPool }, { expr: queries.queueAgeByPool }, { expr: queries.stuckJobByPool }],
    sort: { by: "Queue age", falling: true },
    columns: [
      POOL_COLUMN,
      value(0, "Jobs waiting", "short", { width: 120 }),
      value(1, "Queue age", "s", { thresholds: queueColours(policy), width: 120 }),
      value(2, "Stuck age", "s", { thresholds: progressColours(policy), width: 120 }),
      WORKER_COLUMN,
      ...job(policy),
    ],
  };
}

/** Workers that ask and get no job. */
export function streakTable(policy: Policy): PanelSpec {
  return {
    kind: "table",
    title: "Workers that get no job",
    description: "Consecutive claims that came back empty; yellow where repeated_no_job fires.",
    unit: "short",
    width: 8,
    queries: [{ expr: queries.longestStreaks }],
    noValue: "every worker gets jobs",
    sort: { by: "Empty claims", falling: true },
    columns: [
      POOL_COLUMN,
      WORKER_COLUMN,
      { field: "Value", title: "Empty claims", unit: "short", thresholds: streakColours(policy), width: 110 },
    ],
  };
}

/** Incidents of these kinds in the range shown, each with its attempt. */
export function incidentTable(
  policy: Policy,
  of: Pick<PanelSpec, "title" | "description" | "width"> & {
    /** Kinds of incident. None named: every kind. */
    readonly kinds: readonly IncidentKind[];
    readonly noValue: string;
  },
): PanelSpec {
  const { kinds, ...said } = of;
  return {
    kind: "table",
    unit: "short",
    queries: [{ expr: queries.incidentsInRange(...kinds) }, { expr: queries.incidentsOpen(...kinds) }],
    sort: { by: "Open", falling: true },
    columns: [
      ...(kinds.length !== 1 ? [{ field: LABELS.kind, title: "Kind" }] : []),
      { field: LABELS.reason, title: "Reason" },
      ...identity(policy),
      value(0, "Times", "short", { width: 70 }),
      value(1, "Open", "short", { thresholds: NONE_IS_GREEN, width: 70 }),
    ],
    ...said,
  };
}

/** Workers whose jobs end without an artifact. */
export function fruitlessWorkersTable(): PanelSpec {
  return {
    kind: "table",
    title: "Workers whose jobs end without an artifact",
    description: "Jobs that ended without a verified artifact, weighted by recency; those with most of them first.",
    unit: "short",
    width: 24,
    height: 6,
    queries: [{ expr: queries.notAdvanced }],
    noValue: "none",
    sort: { by: "Jobs without an artifact", falling: true },
    columns: [
      POOL_COLUMN,
      { field: LABELS.workerRole, title: "Role" },
      WORKER_COLUMN,
      { field: "Value", title: "Jobs without an artifact", unit: "short" },
    ],
  };
}

/** Repairs of each trigger, and how many of them worked. */
export function repairTable(): PanelSpec {
  return {
    kind: "table",
    title: "Repairs and their success, by trigger",
    description:
      "Repairs within the hold time of events. Success is of those that were carried out; a proposal waits for a person.",
    unit: "short",
    width: 12,
    queries: [
      { expr: queries.repairsByTrigger },
      { expr: queries.repairSuccessByTrigger },
      { expr: queries.proposalsByTrigger },
    ],
    noValue: "nothing had to be repaired",
    sort: { by: "Repairs", falling: true },
    columns: [
      { field: LABELS.repairTrigger, title: "Trigger" },
      value(0, "Repairs", "short"),
      value(1, "Success", "percentunit"),
      value(2, "Need a person", "short", { thresholds: NONE_IS_BEST }),
    ],
  };
}

/** Sessions that wait for a limit's reset. */
export function waitingSessionsTable(policy: Policy): PanelSpec {
  return {
    kind: "table",
    title: "Sessions that wait for a limit",
    description: "Each counts as dead when its time is over: at the stated reset and a margin.",
    unit: "s",
    width: 12,
    queries: [{ expr: queries.sessionsWaiting }],
    noValue: "none waits",
    sort: { by: "Dead in" },
    columns: [...identity(policy), { field: "Value", title: "Dead in", unit: "s", width: 110 }],
  };
}

/** Attempts of a worker in the range shown, with what became of each. */
export function attemptTable(policy: Policy): PanelSpec {
  const times = [
    ["Claimed", METRICS.claimStartedAt.prometheusName],
    ["Lease until", METRICS.claimLeaseExpiresAt.prometheusName],
    ["Artifact verified", METRICS.claimArtifactVerifiedAt.prometheusName],
    ["Settled", METRICS.claimSettledAt.prometheusName],
  ] as const;
  return {
    kind: "table",
    title: "Attempts",
    description:
      "Each attempt in the range shown. An empty cell is the finding: no verified artifact, or never settled with the queue.",
    unit: "dateTimeAsIso",
    width: 24,
    queries: times.map(([, metric]) => ({ expr: `${queries.lastInRange(ATTEMPT, metric)} * 1000` })),
    noValue: "no job in the range shown",
    sort: { by: "Claimed", falling: true },
    columns: [...identity(policy), ...times.map(([title], index) => value(index, title, "dateTimeAsIso"))],
  };
}
