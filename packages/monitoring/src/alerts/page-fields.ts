/** Labels and annotations of an alert: the fields of R4.1. A field that can not apply reads `none`, by the alert's scope. */
import type { Policy, Severity } from "@worker-watchdog/sdk/policy";
import { runbookPath } from "../paths.ts";
import { scopedExpression } from "../promql/series-scope.ts";
import { clusterLabels, LABELS } from "../rules/labels.ts";
import { dashboardOf } from "./alert-dashboard.ts";
import type { AlertDefinition, AlertScope } from "./alert-definition.ts";
import { ownerOf } from "./alert-table.ts";

/** What a field reads that can not apply. */
export const NONE = "none";

const BLOCKED = "worker is alive but project advancement is blocked";

/** Whether the fields that name a worker, or a job and its trace, apply: always, never, or where the series has the label. */
type Applies = "always" | "never" | "if labelled";

const APPLIES: Readonly<
  Record<AlertScope, { readonly pool: boolean; readonly worker: boolean; readonly job: Applies }>
> = {
  attempt: { pool: true, worker: true, job: "always" },
  event: { pool: true, worker: true, job: "if labelled" },
  worker: { pool: true, worker: true, job: "never" },
  pool: { pool: true, worker: false, job: "never" },
  pipeline: { pool: false, worker: false, job: "never" },
};

const label = (name: string): string => `{{ $labels.${name} }}`;

/** `text`, which holds the label `name`; or `none`, where that can not apply to this alert, or this series has no such label. */
function field(applies: Applies, name: string, text: string): string {
  if (applies === "never") return NONE;
  return applies === "always" ? text : `{{ if $labels.${name} }}${text}{{ else }}${NONE}{{ end }}`;
}

/** The labels that the rule adds to those of its series. */
export function alertLabels(
  alert: AlertDefinition,
  policy: Policy,
  severity: Severity = alert.severity,
): Readonly<Record<string, string>> {
  return {
    [LABELS.severity]: severity,
    [LABELS.owner]: ownerOf(alert, policy),
    [LABELS.alertKey]: alert.key,
    [LABELS.phase]: alert.phase,
  };
}

/** The annotations, in the order of the page. */
export function alertAnnotations(
  alert: AlertDefinition,
  policy: Policy,
  severity: Severity = alert.severity,
): Readonly<Record<string, string>> {
  const applies = APPLIES[alert.scope];
  const trace = label(LABELS.traceId);
  return {
    summary: alert.summary(policy),
    description: alert.description(policy),
    opening: alert.opening ?? BLOCKED,
    state: alert.state(policy),
    worker: applies.worker ? label(LABELS.workerId) : NONE,
    pool: applies.pool ? label(LABELS.workerPool) : NONE,
    job: field(applies.job, LABELS.jobId, label(LABELS.jobId)),
    evidence: evidenceQuery(alert, policy) ?? field(applies.job, LABELS.traceId, `trace ${trace}`),
    evidence_ref: field(applies.job, LABELS.traceId, `attempt:${trace}`),
    next_action: alert.nextAction,
    due_minutes: String(policy.severities[severity].due_minutes),
    runbook_url: runbookUrl(alert, policy),
    dashboard_url: dashboardUrl(alert, policy),
    trace_url: field(applies.job, LABELS.traceId, traceUrl(trace, policy)),
  };
}

/** The query that shows what was measured, in the series and the cluster that the alert is about. */
function evidenceQuery({ evidence }: AlertDefinition, policy: Policy): string | undefined {
  const { cluster_label } = policy.series;
  if (evidence === undefined) return undefined;
  return scopedExpression(evidence, policy, cluster_label === undefined ? undefined : `="${label(cluster_label)}"`);
}

function runbookUrl(alert: AlertDefinition, { links }: Policy): string {
  return links.runbook === undefined ? runbookPath(alert.key) : `${links.runbook}#${alert.key}`;
}

function dashboardUrl(alert: AlertDefinition, { links, series }: Policy): string {
  const uid = dashboardOf(alert);
  const { pool, worker } = APPLIES[alert.scope];
  if (links.dashboard === undefined) return uid;
  const variable = (name: string, source: string) => `var-${name}={{ $labels.${source} | urlQueryEscape }}`;
  const variables = [
    ...(pool ? clusterLabels({ series }).map((cluster) => variable("cluster", cluster)) : []),
    ...(pool ? [variable("pool", LABELS.workerPool)] : []),
    ...(worker ? [variable("worker", LABELS.workerId)] : []),
  ];
  const query = variables.length === 0 ? "" : `?${variables.join("&")}`;
  return `${links.dashboard.replace(/\/+$/, "")}/d/${uid}${query}`;
}

function traceUrl(trace: string, { links }: Policy): string {
  return links.trace === undefined ? trace : links.trace.replaceAll("{trace_id}", trace);
}
