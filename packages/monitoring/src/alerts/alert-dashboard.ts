/** Which dashboard a page leads to: the one that says most about what the alert is about. */
import { DASHBOARD_UIDS } from "../paths.ts";
import type { AlertDefinition } from "./alert-definition.ts";

/** The dashboard's UID: the worker's own where there is one, else that of the pipeline, the objectives, or the fleet. */
export function dashboardOf({ scope, area }: Pick<AlertDefinition, "scope" | "area">): string {
  if (scope === "pipeline") return DASHBOARD_UIDS.pipeline;
  if (scope !== "pool") return DASHBOARD_UIDS.worker;
  return area === "slo" ? DASHBOARD_UIDS.results : DASHBOARD_UIDS.fleet;
}
