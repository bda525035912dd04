/** Where a panel leads: to a worker, a runbook, or the trace of the job that is affected. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { DASHBOARD_UIDS } from "../paths.ts";
import { LABELS } from "../rules/labels.ts";
import type { PanelLink } from "./panel.ts";

/** A cell of the same row, by its column's title. */
const cell = (title: string): string => `\${__data.fields["${title}"]}`;
/** A label of the series that was clicked. */
const label = (name: string): string => `\${__field.labels.${name}}`;

/** To the Worker dashboard, with the row's pool and worker. */
export const workerOfRow: PanelLink = toWorker(cell("Pool"), cell("Worker"));
/** The same from a series. */
export const workerOfSeries: PanelLink = toWorker(label(LABELS.workerPool), label(LABELS.workerId));

function toWorker(pool: string, worker: string): PanelLink {
  return {
    title: "Worker",
    url: `/d/${DASHBOARD_UIDS.worker}?var-pool=${pool}&var-worker=${worker}&\${__url_time_range}`,
  };
}

/** To another dashboard, with the row's pool. */
export function poolOfRow(dashboard: keyof typeof DASHBOARD_UIDS, title: string): PanelLink {
  return { title, url: `/d/${DASHBOARD_UIDS[dashboard]}?var-pool=${cell("Pool")}&\${__url_time_range}` };
}

/** To the row's trace; none where the policy does not say where traces are. */
export function traceOfRow({ links }: Policy): PanelLink | undefined {
  return trace(links.trace, cell("Trace"));
}

/** To the trace of the series that was clicked, and to its worker. */
export function jobOfSeries({ links }: Policy): readonly PanelLink[] {
  const found = trace(links.trace, label(LABELS.traceId));
  return found === undefined ? [workerOfSeries] : [found, workerOfSeries];
}

function trace(template: string | undefined, id: string): PanelLink | undefined {
  return template === undefined ? undefined : { title: "Trace", url: template.replaceAll("{trace_id}", id) };
}

/** To the runbook of the row's alert. */
export function runbookOfRow({ links }: Policy): PanelLink | undefined {
  return links.runbook === undefined ? undefined : { title: "Runbook", url: `${links.runbook}#${cell("Policy key")}` };
}
