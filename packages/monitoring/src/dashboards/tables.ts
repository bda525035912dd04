/** Tables that both dashboards have, with their links to worker, runbook and trace. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { ALERTS } from "../alerts/alert-table.ts";
import { DASHBOARD_UIDS } from "../paths.ts";
import { ATTEMPT, LABELS } from "../rules/labels.ts";
import { RECORDED } from "../rules/recording-rules.ts";
import { OF_WORKER } from "./dashboard-frame.ts";
import type { PanelLink, PanelSpec, TableColumn } from "./panel.ts";
import { firingWithAction, NEXT_ACTION } from "./queries.ts";

const field = (name: string): string => `\${__data.fields["${name}"]}`;

/** Columns that name worker, job and trace. */
function identity(policy: Policy): readonly TableColumn[] {
  return [
    { field: LABELS.workerPool, title: "Pool" },
    { field: LABELS.workerId, title: "Worker", link: workerLink() },
    { field: LABELS.jobId, title: "Job" },
    { field: LABELS.traceId, title: "Trace", link: traceLink(policy) },
  ];
}

/** To the Worker dashboard, with the row's pool and worker. */
export function workerLink(): PanelLink {
  return {
    title: "Worker",
    url: `/d/${DASHBOARD_UIDS.worker}?var-pool=${field("Pool")}&var-worker=${field("Worker")}&\${__url_time_range}`,
  };
}

function traceLink({ links }: Policy): PanelLink | undefined {
  return links.trace === undefined
    ? undefined
    : { title: "Trace", url: links.trace.replaceAll("{trace_id}", field("Trace")) };
}

function runbookLink({ links }: Policy): PanelLink | undefined {
  return links.runbook === undefined ? undefined : { title: "Runbook", url: `${links.runbook}#${field("Policy key")}` };
}

const NEXT_ACTIONS = Object.fromEntries(ALERTS.map(({ key, nextAction }) => [key, nextAction]));

/** Every alert that fires, with its owner and next action. */
export function alertTable(policy: Policy): PanelSpec {
  return {
    kind: "table",
    title: "Alerts firing",
    description:
      "Each alert that fires now, with its owner and next action. The runbook says how; the trace shows the attempt.",
    unit: "short",
    width: 24,
    queries: [{ expr: firingWithAction }],
    columns: [
      { field: "alertname", title: "Alert" },
      { field: LABELS.alertKey, title: "Policy key", link: runbookLink(policy) },
      { field: LABELS.severity, title: "Severity" },
      { field: LABELS.owner, title: "Owner" },
      { field: NEXT_ACTION, title: "Next action", texts: NEXT_ACTIONS },
      { field: LABELS.phase, title: "Phase" },
      ...identity(policy),
    ],
  };
}

/** Attempts in the range shown, with what became of each. */
export function attemptTable(policy: Policy): PanelSpec {
  const last = (metric: string) => `max by (${ATTEMPT}) (last_over_time(${metric}{${OF_WORKER}}[$__range])) * 1000`;
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
    queries: times.map(([, metric]) => ({ expr: last(metric) })),
    columns: [
      ...identity(policy),
      ...times.map(([title], index) => ({
        field: `Value #${String.fromCharCode(65 + index)}`,
        title,
        unit: "dateTimeAsIso",
      })),
    ],
  };
}

/** Held jobs, with the lease that is left. */
export function heldJobsTable(policy: Policy): PanelSpec {
  return {
    kind: "table",
    title: "Jobs held",
    description:
      "Each job that a worker holds, with the seconds of lease left (negative: the lease ran out and nobody took the job over).",
    unit: "s",
    width: 24,
    queries: [{ expr: `max by (${ATTEMPT}) (${RECORDED.openLease}{${OF_WORKER}}) - time()` }],
    columns: [...identity(policy), { field: "Value", title: "Lease left", unit: "s" }],
  };
}
