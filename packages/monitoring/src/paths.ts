/** Where each generated file goes, relative to the output folder, and the stable ids that links are made of. */

export const RULES_FOLDER: string = "prometheus-rules";
export const DASHBOARDS_FOLDER: string = "grafana-dashboards";
/** Resources for Kubernetes, where they are asked for. */
export const KUBERNETES_FOLDER: string = "kubernetes";

/** Every rule file, as Prometheus' `rule_files` takes it. */
export const RULES_GLOB: string = `${RULES_FOLDER}/*.rules.yml`;
export const ALERTMANAGER_PATH: string = `${RULES_FOLDER}/alertmanager.yml`;
/** The page template's name; Alertmanager finds it beside its configuration. */
export const TEMPLATE_NAME: string = "worker-watchdog.tmpl";
export const TEMPLATE_PATH: string = `${RULES_FOLDER}/${TEMPLATE_NAME}`;
export const RUNBOOK_INDEX_PATH: string = `${RULES_FOLDER}/runbooks/README.md`;

/** What a rule file is about: a file for each, so that a deployment may load one without the others. */
export type RuleArea = "worker" | "pipeline" | "slo" | "dashboards";

/** Path of an area's rule file. */
export function rulesPath(area: RuleArea): string {
  return `${RULES_FOLDER}/worker-watchdog${area === "worker" ? "" : `-${area}`}.rules.yml`;
}

/** Path of a scenario's rule tests. */
export function ruleTestPath(scenario: string): string {
  return `${RULES_FOLDER}/tests/${scenario}.test.yml`;
}

/** Path of an alert's runbook. */
export function runbookPath(alertKey: string): string {
  return `${RULES_FOLDER}/runbooks/${alertKey}.md`;
}

/** Grafana ids of the dashboards. Links in pages hold them, so they never change. */
export const DASHBOARD_UIDS = {
  fleet: "worker-watchdog-fleet",
  worker: "worker-watchdog-worker",
  queue: "worker-watchdog-queue",
  results: "worker-watchdog-results",
  sessions: "worker-watchdog-sessions",
  pipeline: "worker-watchdog-pipeline",
} as const;
