/** Span names, instrumentation scope and log event names. */

/** Name of the tracer, meter and logger that the library asks OpenTelemetry for. */
export const INSTRUMENTATION_SCOPE = "@worker-watchdog/sdk";

/** `service.name` of a person's commands: their rows are series of their own, beside those of the workers that they are about. */
export const OPERATOR_SERVICE_NAME = "worker-watchdog-operator";

/** Span of one wake-up; ends when its claim has a job, so that a killed worker's trace has a root. */
export const HEARTBEAT_SPAN = "worker.heartbeat";

/** Name of a phase's span, such as `worker.claim`. */
export function phaseSpanName(phase: string): string {
  return `worker.${phase}`;
}

/** Audit events (R9.4), sent as OpenTelemetry log records with these event names. */
export const EVENTS = {
  heartbeatReceived: "worker.heartbeat.received",
  jobClaimed: "worker.job.claimed",
  contextRead: "worker.context.read",
  progressWritten: "worker.progress.written",
  artifactVerified: "worker.artifact.verified",
  artifactRefused: "worker.artifact.refused",
  completeSucceeded: "worker.complete.succeeded",
  completeFailed: "worker.complete.failed",
  jobSettled: "worker.job.settled",
  jobStuck: "worker.job.stuck",
  leaseShort: "worker.lease.short",
  clockOff: "worker.clock.off",
  leaseRenewed: "worker.lease.renewed",
  leaseRenewalFailed: "worker.lease.renewal_failed",
  stuckProposal: "worker.stuck.proposal",
  noJobProposal: "worker.no_job.proposal",
  repair: "worker.repair",
  workerStopped: "worker.stopped",
  leaseRisk: "worker.lease.risk",
  workKept: "worker.work.kept",
  runStarted: "worker.run.started",
  runCancelled: "runtime.watchdog.cancel",
  sessionDied: "worker.session.died",
  sessionLimited: "worker.session.limited",
  sessionRecovered: "worker.session.recovered",
  handoverSaved: "worker.handover.saved",
  escalationSent: "worker.escalation.sent",
  journalUnusable: "worker.journal.unusable",
  secretRedacted: "worker.secret.redacted",
  operatorSettled: "worker.operator.settled",
  operatorRetired: "worker.operator.retired",
  operatorPageTested: "worker.operator.page_tested",
} as const;
/** The name of an audit event. */
export type EventName = (typeof EVENTS)[keyof typeof EVENTS];
