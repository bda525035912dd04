/** The dashboards as files, and what Grafana's provisioning needs to load them. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { FileOrigin } from "../file-header.ts";
import { DASHBOARDS_FOLDER } from "../paths.ts";
import { yamlFile } from "../yaml-file.ts";
import { type DashboardSpec, dashboard } from "./dashboard-frame.ts";
import { fleetDashboard } from "./fleet-dashboard.ts";
import { pipelineDashboard } from "./pipeline-dashboard.ts";
import { queueDashboard } from "./queue-dashboard.ts";
import { resultsDashboard } from "./results-dashboard.ts";
import { scopedDashboard } from "./scoped-dashboard.ts";
import { sessionsDashboard } from "./sessions-dashboard.ts";
import { workerDashboard } from "./worker-dashboard.ts";

/** Where the provisioned folder of dashboards is mounted in Grafana. */
const MOUNTED_AT = "/etc/grafana/dashboards/worker-watchdog";

/** Every dashboard, in the order in which they are read. */
const DASHBOARDS: readonly ((policy: Policy) => DashboardSpec)[] = [
  fleetDashboard,
  workerDashboard,
  queueDashboard,
  resultsDashboard,
  sessionsDashboard,
  pipelineDashboard,
];

/** Path and content of each file. */
export function dashboardFiles(
  policy: Policy,
  origin: FileOrigin,
): readonly (readonly [path: string, content: string])[] {
  const dashboards = DASHBOARDS.map((of) => of(policy)).map(
    (spec) =>
      [
        `${DASHBOARDS_FOLDER}/${spec.uid}.json`,
        jsonFile(scopedDashboard(dashboard(spec, policy, origin), policy)),
      ] as const,
  );
  return [
    ...dashboards,
    [`${DASHBOARDS_FOLDER}/provisioning/dashboards.yaml`, yamlFile(provider(), origin)],
    [`${DASHBOARDS_FOLDER}/provisioning/datasources.yaml`, yamlFile(dataSource(policy), origin)],
  ];
}

/** JSON has no comments: the description holds the header, so it comes first. */
function jsonFile({ title, uid, description, ...rest }: Dashboard): string {
  return `${JSON.stringify({ title, uid, description, ...rest }, null, 2)}\n`;
}

/** The address of Prometheus as Grafana's provisioning reads it from its environment. */
const PROMETHEUS_URL = "$WATCHDOG_PROMETHEUS_URL";

/** An exemplar's value in a link: `$$` is one `$` in a provisioning file, which reads the environment. */
const RAW_VALUE = `$$\{__value.raw}`;

/** A data source whose exemplars lead to the policy's traces. */
function dataSource({ links }: Policy): object {
  const url = links.trace?.replaceAll("{trace_id}", () => RAW_VALUE);
  return {
    apiVersion: 1,
    datasources: [
      {
        name: "Prometheus (worker-watchdog)",
        type: "prometheus",
        access: "proxy",
        url: PROMETHEUS_URL,
        jsonData: {
          httpMethod: "POST",
          ...(url === undefined
            ? {}
            : { exemplarTraceIdDestinations: [{ name: "trace_id", url, urlDisplayLabel: "Trace" }] }),
        },
      },
    ],
  };
}

function provider(): object {
  return {
    apiVersion: 1,
    providers: [
      {
        name: "worker-watchdog",
        folder: "Worker watchdog",
        type: "file",
        allowUiUpdates: false,
        options: { path: MOUNTED_AT },
      },
    ],
  };
}
