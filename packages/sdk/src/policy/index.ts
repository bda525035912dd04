/** The policy: one file says every threshold, owner and action. Needs no OpenTelemetry. */
export { namesReference } from "../semconv/reference.ts";
export { createPolicy, type PolicyInput } from "./create-policy.ts";
export { defaultPolicy } from "./default-policy.ts";
export {
  loadPolicyFile,
  loadPolicyFileWithNotes,
  type ParsePolicyOptions,
  parsePolicy,
  parsePolicyWithNotes,
} from "./load-policy.ts";
export { editDistance } from "./nearest-key.ts";
export { detectionSeconds, pageLatencySeconds, type RuleTiming, TRANSPORT_MARGIN_SECONDS } from "./page-latency.ts";
export {
  compilePassExpression,
  MAX_EXPRESSION_LENGTH,
  type PassExpression,
  parsePassExpression,
} from "./pass-expression.ts";
export type {
  AlertKey,
  AlertSettings,
  ArtifactSettings,
  BurnName,
  BurnSettings,
  EmailReceiver,
  HumanAction,
  JobServiceCommands,
  JournalSettings,
  LineBridgeSettings,
  LineReceiver,
  Links,
  NotifiableAlertKey,
  OwnerSettings,
  PagerdutyReceiver,
  PhaseCheck,
  PipelineSettings,
  Policy,
  QuietHours,
  ReceiverSettings,
  RepairAction,
  RequiredWhen,
  RuntimeControls,
  SeriesSettings,
  ServiceCommand,
  SessionSettings,
  Severity,
  SeveritySettings,
  SlackReceiver,
  SloSettings,
  TelemetryAlertKey,
  TelemetrySettings,
  Thresholds,
  WebhookReceiver,
  Weekday,
} from "./policy.ts";
export { policyReference } from "./policy-reference.ts";
export {
  ALERT_KEYS,
  BURN_NAMES,
  HUMAN_ACTIONS,
  NOTIFIABLE_ALERT_KEYS,
  REPAIR_ACTIONS,
  SEVERITIES,
  WEEKDAYS,
} from "./policy-values.ts";
export { POLICY_VERSION } from "./schema.ts";
export type { PolicyWithNotes } from "./validate-policy.ts";
