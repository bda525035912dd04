/** The names: every span, metric, attribute and event, with unit, kind, closed values and Prometheus name. */
export {
  ARTIFACT_REASONS,
  type ArtifactReason,
  ATTRIBUTES,
  type AttributeDefinition,
  CLAIM_OUTCOMES,
  type ClaimOutcome,
  INCIDENT_REASONS,
  type IncidentKind,
  type IncidentReason,
  LEASE_RISKS,
  type LeaseRisk,
  PHASE_STATUSES,
  PHASES,
  type Phase,
  type PhaseStatus,
  REJECTION_REASONS,
  REPAIR_RESULTS,
  REPAIR_TRIGGERS,
  type RejectionReason,
  type RepairResult,
  type RepairTrigger,
  SESSION_CLASSES,
  type SessionClass,
  STUCK_CLASSES,
  type StuckClass,
} from "./attributes.ts";
export { CREDENTIAL_KINDS, type CredentialKind, REDACTION_PLACES, type RedactionPlace } from "./credential-kinds.ts";
export { METRICS, type MetricDefinition, type MetricKey, prometheusLabel, type RowMetricKey } from "./metrics.ts";
export { RECORDS, type RecordDefinition, type RecordField, type RecordFields, type RecordKind } from "./records.ts";
export {
  EVENTS,
  type EventName,
  HEARTBEAT_SPAN,
  INSTRUMENTATION_SCOPE,
  OPERATOR_SERVICE_NAME,
  phaseSpanName,
} from "./spans.ts";
