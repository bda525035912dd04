/** What all dashboards share: variables, alert annotations, links, the grid. */
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { Policy } from "@worker-watchdog/sdk/policy";
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { type FileOrigin, headerText } from "../file-header.ts";
import { LABELS } from "../rules/labels.ts";
import { DATASOURCE, type PanelSpec, panel } from "./panel.ts";

/** A row of panels; rows read from symptom to cause. */
export interface DashboardRow {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

/** One dashboard. */
export interface DashboardSpec {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Whether a reader looks at one worker or at several. */
  readonly worker: "one" | "many";
  readonly rows: readonly DashboardRow[];
}

/** Label matchers of the variables. */
export const OF_POOL: string = `${LABELS.workerPool}=~"$pool"`;
export const OF_WORKER: string = `${OF_POOL},${LABELS.workerId}=~"$worker"`;
/** Of a worker, or of its pool as a whole: a pool's alert has no worker. */
export const OF_WORKER_OR_POOL: string = `${OF_POOL},${LABELS.workerId}=~"$worker|"`;

/** The dashboard as Grafana imports it. */
export function dashboard(spec: DashboardSpec, policy: Policy, origin: FileOrigin): Dashboard {
  const builder = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(`${spec.description} ${headerText(origin)}`)
    .tags(["worker-watchdog"])
    .timezone(policy.timezone)
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: "now-3h", to: "now" })
    .refresh("30s")
    .variables(variables(spec.worker))
    .annotation(firingAlerts())
    .link(
      new DashboardLinkBuilder("Worker watchdog")
        .type(DashboardLinkType.Dashboards)
        .tags(["worker-watchdog"])
        .includeVars(true)
        .keepTime(true),
    );
  if (policy.links.runbook !== undefined) {
    builder.link(
      new DashboardLinkBuilder("Runbooks").type(DashboardLinkType.Link).url(policy.links.runbook).targetBlank(true),
    );
  }
  let id = 1;
  for (const row of spec.rows) {
    builder.withRow(new RowBuilder(row.title).id(id++));
    for (const entry of row.panels) builder.withPanel(panel(entry, id++));
  }
  return builder.build();
}

function variables(worker: DashboardSpec["worker"]): (DatasourceVariableBuilder | QueryVariableBuilder)[] {
  const alive = METRICS.aliveAt.prometheusName;
  const all = { text: "All", value: "$__all" };
  const pool = labelVariable("pool", "Pool", `label_values(${alive}, ${LABELS.workerPool})`)
    .multi(true)
    .includeAll(true);
  const id = labelVariable("worker", "Worker", `label_values(${alive}{${OF_POOL}}, ${LABELS.workerId})`);
  return [
    new DatasourceVariableBuilder("datasource")
      .label("Data source")
      .type("prometheus")
      .current({ text: "default", value: "default" }),
    pool.allValue(".+").current(all),
    worker === "one" ? id : id.multi(true).includeAll(true).allValue(".+").current(all),
  ];
}

function labelVariable(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query({ query, refId: name })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}

function firingAlerts(): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name("Alerts firing")
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor("red")
    .expr(`ALERTS{alertstate="firing",${LABELS.alertKey}!="watchdog",${OF_WORKER_OR_POOL}}`)
    .titleFormat("{{alertname}}")
    .textFormat(`{{${LABELS.workerId}}} {{${LABELS.jobId}}}`)
    .step("30s");
}
