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
  VariableHide,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { Policy } from "@worker-watchdog/sdk/policy";
import { type FileOrigin, headerText } from "../file-header.ts";
import { DASHBOARD_UIDS } from "../paths.ts";
import { SHOWN } from "../rules/dashboard-series.ts";
import { LABELS } from "../rules/labels.ts";
import { OF_ALERT, OF_KIND, OF_PIPELINE_ALERT, OF_POOL } from "./matchers.ts";
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
  /** The series from which the variables Job and Instance take their values, where they are not the workers'. */
  readonly servers?: { readonly metric: string; readonly matchers: string } | undefined;
  readonly rows: readonly DashboardRow[];
}

const TAG = "worker-watchdog";
/** Of the dashboards among which a choice of workers goes along. Job and Instance of servers are another choice. */
const WORKERS_TAG = "worker-watchdog-workers";

/** The dashboard as Grafana imports it. */
export function dashboard(spec: DashboardSpec, policy: Policy, origin: FileOrigin): Dashboard {
  const builder = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(`${spec.description} ${headerText(origin)}`)
    .tags(spec.servers === undefined ? [TAG, WORKERS_TAG] : [TAG])
    .timezone(policy.timezone)
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: "now-3h", to: "now" })
    .refresh("30s")
    .variables(variables(spec))
    .annotation(firingAlerts(spec))
    .link(
      new DashboardLinkBuilder("Workers")
        .type(DashboardLinkType.Dashboards)
        .tags([WORKERS_TAG])
        .includeVars(spec.servers === undefined)
        .keepTime(true),
    );
  if (spec.servers === undefined) {
    builder.link(
      new DashboardLinkBuilder("Telemetry pipeline")
        .type(DashboardLinkType.Link)
        .url(`/d/${DASHBOARD_UIDS.pipeline}`)
        .keepTime(true),
    );
  }
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

function variables(spec: DashboardSpec): (DatasourceVariableBuilder | QueryVariableBuilder)[] {
  const of = (matchers: string, label: string) => `label_values(${SHOWN.worker}{${matchers}}, ${label})`;
  const ofServer = (label: string, ...more: readonly string[]) => {
    const { metric, matchers } = spec.servers ?? { metric: SHOWN.worker, matchers: "" };
    const chosen = [matchers, ...more].filter((matcher) => matcher !== "").join(",");
    return `label_values(${metric}{${chosen}}, ${label})`;
  };
  const worker = labelVariable("worker", "Worker", of(OF_POOL, LABELS.workerId));
  return [
    new DatasourceVariableBuilder("datasource")
      .label("Data source")
      .type("prometheus")
      .current({ text: "default", value: "default" }),
    many(labelVariable("job", "Job", ofServer(LABELS.service))),
    // Of a worker it is the hash of its name: the variable Worker is the same choice in words.
    many(labelVariable("instance", "Instance", ofServer(LABELS.instance, `${LABELS.service}=~"$job"`))).hide(
      spec.servers === undefined ? VariableHide.HideVariable : VariableHide.DontHide,
    ),
    many(labelVariable("pool", "Pool", of(OF_KIND, LABELS.workerPool))),
    spec.worker === "one" ? worker : many(worker),
  ];
}

function many(variable: QueryVariableBuilder): QueryVariableBuilder {
  return variable.multi(true).includeAll(true).allValue(".+").current({ text: "All", value: "$__all" });
}

function labelVariable(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query({ query, refId: name })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}

function firingAlerts({ servers }: DashboardSpec): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name("Alerts firing")
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor("red")
    .expr(`${SHOWN.alerts}{${servers === undefined ? OF_ALERT : OF_PIPELINE_ALERT}}`)
    .titleFormat("{{alertname}}")
    .textFormat(`{{${LABELS.workerId}}} {{${LABELS.jobId}}}`)
    .step("30s");
}
