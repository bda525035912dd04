/** From the policy: Prometheus rules and their tests, Alertmanager's configuration and page template, dashboards, runbooks. */

export { alertmanagerFile } from "./alertmanager/alertmanager-file.ts";
export { type TestPage, testPages } from "./alertmanager/page-test.ts";
export { receiverOfAlert } from "./alertmanager/receiver-of-alert.ts";
export { DEAD_MANS_SWITCH, NOBODY, receiverOf, routedOwners } from "./alertmanager/receivers.ts";
export { type Route, routesFor, routeTree, unreachableRoutes } from "./alertmanager/route-model.ts";
export type { AlertDefinition, WatchdogAlertKey } from "./alerts/alert-definition.ts";
export { ALERTS, enabledAlerts, isSilent, ownerOf, severitiesOf } from "./alerts/alert-table.ts";
export { LEASE_EXPIRING_REASON } from "./alerts/artifact-missing.ts";
export { sealOf } from "./file-header.ts";
export { type GenerateOptions, generateFiles } from "./generate-files.ts";
export {
  ALERTMANAGER_PATH,
  DASHBOARD_UIDS,
  DASHBOARDS_FOLDER,
  KUBERNETES_FOLDER,
  RULES_FOLDER,
  RULES_GLOB,
  TEMPLATE_NAME,
  TEMPLATE_PATH,
} from "./paths.ts";
export { sameExpression } from "./promql/same-expression.ts";
export { isExported, isRecorded, seriesRead } from "./promql/series-read.ts";
export { neededRules } from "./rule-tests/needed-rules.ts";
export type { RuleTestFile } from "./rule-tests/rule-test-file.ts";
export { secondsOf } from "./rules/durations.ts";
export { LABELS } from "./rules/labels.ts";
export { type OpenRowQueries, openRowQueries, type RowSelection, RULES_RUN } from "./rules/open-rows.ts";
export { type PrometheusRuleOptions, prometheusRuleFiles } from "./rules/prometheus-rule.ts";
export { type Rule, type RuleFile, type RuleGroup, ruleFile, ruleFiles } from "./rules/rules-file.ts";
export { SLO_RECORDED } from "./slo/slo-records.ts";
export { ENDED_CLAIMS, SLOS, type Slo } from "./slo/slo-table.ts";
export { burnWindows } from "./slo/slo-windows.ts";
