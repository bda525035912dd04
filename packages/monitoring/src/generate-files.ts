/** Every file that monitoring is made of, from one policy. Pure: nothing is read or written. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { alertmanagerFile } from "./alertmanager/alertmanager-file.ts";
import { pageTemplate } from "./alertmanager/page-template.ts";
import type { ReceiverOptions } from "./alertmanager/receivers.ts";
import { ALERTS } from "./alerts/alert-table.ts";
import { dashboardFiles } from "./dashboards/dashboard-files.ts";
import { sealed } from "./file-header.ts";
import { ALERTMANAGER_PATH, RUNBOOK_INDEX_PATH, ruleTestPath, runbookPath, TEMPLATE_PATH } from "./paths.ts";
import { ruleTestFiles } from "./rule-tests/rule-test-file.ts";
import { ruleFiles } from "./rules/rules-file.ts";
import { runbookIndex, runbookPage } from "./runbooks/runbook-page.ts";
import { yamlFile } from "./yaml-file.ts";

/** What a deployment adds to the policy. */
export interface GenerateOptions extends ReceiverOptions {
  /** Name of the policy in the header of each file. Default: `watchdog.yaml`. */
  readonly source?: string | undefined;
}

/**
 * The files of `policy`: path relative to the output folder, with `/`, to content. The same policy and options give the same bytes.
 *
 * @example
 * ```ts
 * const files = generateFiles(defaultPolicy, { webhookUrl: "http://127.0.0.1:9095/page" });
 * files.get("prometheus-rules/worker-watchdog.rules.yml");
 * ```
 */
export function generateFiles(policy: Policy, options: GenerateOptions = {}): ReadonlyMap<string, string> {
  const origin = { source: options.source ?? "watchdog.yaml" };
  const files: (readonly [path: string, content: string])[] = [
    ...Array.from(ruleFiles(policy), ([path, file]) => [path, yamlFile(file, origin)] as const),
    ...Array.from(
      ruleTestFiles(policy, "../*.rules.yml"),
      ([name, file]) => [ruleTestPath(name), yamlFile(file, origin)] as const,
    ),
    [ALERTMANAGER_PATH, yamlFile(alertmanagerFile(policy, options), origin)],
    [TEMPLATE_PATH, pageTemplate(policy, origin)],
    [RUNBOOK_INDEX_PATH, runbookIndex(policy, origin)],
    // Also for an alert that is switched off: its links in old pages and in the index stay good.
    ...ALERTS.map((alert) => [runbookPath(alert.key), runbookPage(alert, policy, origin)] as const),
    ...dashboardFiles(policy, origin),
  ];
  return new Map(files.map(([path, content]) => [path, sealed(path, content)]));
}
