/** What the alerts on the pipeline itself have in common (alert 18). */
import type { TelemetryAlertKey } from "@worker-watchdog/sdk/policy";
import type { AlertDefinition } from "./alert-definition.ts";

type Common = "number" | "name" | "severity" | "owner" | "nextAction" | "phase" | "scope" | "area";

/** What one of them says for itself. */
export type TelemetryAlert = Omit<AlertDefinition, Common | "key"> &
  Partial<Pick<AlertDefinition, Common>> & { readonly key: TelemetryAlertKey; readonly opening: string };

/** An alert of row 18: the pipeline's operators inspect it. Its name is its key in CamelCase. */
export function telemetryAlert(alert: TelemetryAlert): AlertDefinition {
  return {
    number: 18,
    name: alert.key.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    severity: "high",
    owner: "pls_ops",
    nextAction: "inspect_pipeline",
    phase: "none",
    scope: "pipeline",
    area: "pipeline",
    ...alert,
  };
}

/** For most of them: so long it must last, so that neither a restart nor a retry pages. */
export const failingSeconds: NonNullable<AlertDefinition["forSeconds"]> = ({ telemetry }) => telemetry.failing_seconds;
