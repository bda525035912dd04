/** The dashboards as files, and what Grafana's provisioning needs to load them. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { FileOrigin } from "../file-header.ts";
import { DASHBOARDS_FOLDER } from "../paths.ts";
import { yamlFile } from "../yaml-file.ts";
import { dashboard } from "./dashboard-frame.ts";
import { fleetDashboard } from "./fleet-dashboard.ts";
import { scopedDashboard } from "./scoped-dashboard.ts";
import { workerDashboard } from "./worker-dashboard.ts";

/** Where the provisioned folder of dashboards is mounted in Grafana. */
const MOUNTED_AT = "/etc/grafana/dashboards/worker-watchdog";

/** Path and content of each file. */
export function dashboardFiles(
  policy: Policy,
  origin: FileOrigin,
): readonly (readonly [path: string, content: string])[] {
  const dashboards = [fleetDashboard(policy), workerDashboard(policy)].map(
    (spec) =>
      [
        `${DASHBOARDS_FOLDER}/${spec.uid}.json`,
        jsonFile(scopedDashboard(dashboard(spec, policy, origin), policy)),
      ] as const,
  );
  return [...dashboards, [`${DASHBOARDS_FOLDER}/provisioning/dashboards.yaml`, yamlFile(provider(), origin)]];
}

/** JSON has no comments: the description holds the header, so it comes first. */
function jsonFile({ title, uid, description, ...rest }: Dashboard): string {
  return `${JSON.stringify({ title, uid, description, ...rest }, null, 2)}\n`;
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
