/** Tells what kind of stuck a job is, from what is known of its attempt: a class, the action to propose, and the evidence (R6.3). */
import type { StuckClass } from "../semconv/index.ts";

/** What is known of an attempt, or of a worker that holds no job. */
export interface StuckFacts {
  /** Why the job is stuck, as `job.stuckReason` says. */
  readonly stuckReason: string | undefined;
  /** The gate has passed in this attempt. */
  readonly verified: boolean;
  readonly hasDeliverableId: boolean;
  /** Incidents that are open, as `<kind> <reason>`. */
  readonly openIncidents: readonly string[];
  /** Codes of the phases' failures by phase, each phase's newest. */
  readonly failures: Readonly<Record<string, string>>;
  readonly leaseRemainingSeconds: number;
  /** Consecutive claims without a job; 0 where a job is held. */
  readonly emptyClaims: number;
}

/** What is proposed for a stuck job. */
export interface StuckVerdict {
  readonly class: StuckClass;
  /** The next action, as the alert of the same cause names it (R4). */
  readonly action: string;
  /** What the class rests on: codes alone. */
  readonly evidence: readonly string[];
}

/** Codes of {@link failureOfError} and {@link failureOfResult} that mean: no usable answer came. */
const TRANSPORT_CODE =
  /^(?:timeout|fetch_failed|http_5\d\d|html|not_json|not_an_object|not_utf8|too_large|service_unavailable|response_invalid|no_output|hostile_key|exit_\d{1,3}|e[a-z]{4,}|eai_again|und_err_[a-z_]+)$/;
const SERVICE_PHASES = ["context", "progress", "complete"];

type Rule = (facts: StuckFacts) => Omit<StuckVerdict, "class"> | undefined;

/** From the cause to what follows from it: a dead session explains a silent job, and a silent job its lost lease. */
const RULES: readonly (readonly [StuckClass, Rule])[] = [
  ["session_dead", open("session_dead", "reauthenticate_or_refill")],
  ["job_not_found", open("job_not_found", "preserve_artifact_and_alert")],
  ["lease_expiry", open("lease_lost taken_over", "mark_stale_and_request_reclaim")],
  ["lease_expiry", open("complete_rejected lease_lost", "mark_stale_and_request_reclaim")],
  ["complete_rejected", open("complete_rejected", "add_missing_kind_or_escalate")],
  ["transport", open("complete_unknown", "read_job_state")],
  ["no_progress", reason("supervisor_review", "no_progress")],
  ["transport", brokenTransport],
  ["lease_expiry", open("lease_lost", "mark_stale_and_request_reclaim")],
  ["lease_expiry", reason("mark_stale_and_request_reclaim", "lease_expired", "lease_lost")],
  ["lease_expiry", reason("alert_and_retouch", "lease_renewal_failed")],
  ["lease_expiry", lostLease],
  ["missing_deliverable_id", noSlot],
  ["artifact_gap", noArtifact],
  ["no_job_loop", emptyLoop],
];

/** The class of a stuck job. `unknown` where nothing that is known explains it; the action then is to look at the worker. */
export function classifyStuck(facts: StuckFacts): StuckVerdict {
  for (const [stuckClass, rule] of RULES) {
    const verdict = rule(facts);
    if (verdict !== undefined) return { class: stuckClass, ...verdict };
  }
  const evidence = facts.stuckReason === undefined ? [] : [`stuck ${facts.stuckReason}`];
  return { class: "unknown", action: "inspect_worker", evidence };
}

function open(prefix: string, action: string): Rule {
  return ({ openIncidents }) => {
    const evidence = openIncidents.filter((incident) => incident === prefix || incident.startsWith(`${prefix} `));
    return evidence.length === 0 ? undefined : { action, evidence };
  };
}

function reason(action: string, ...reasons: readonly string[]): Rule {
  return ({ stuckReason }) =>
    stuckReason !== undefined && reasons.includes(stuckReason)
      ? { action, evidence: [`stuck ${stuckReason}`] }
      : undefined;
}

function brokenTransport({ failures }: StuckFacts): ReturnType<Rule> {
  const evidence = SERVICE_PHASES.filter((phase) => TRANSPORT_CODE.test(failures[phase] ?? "")).map(
    (phase) => `${phase} ${failures[phase]}`,
  );
  return evidence.length === 0 ? undefined : { action: "retouch_worker", evidence };
}

function lostLease({ stuckReason, leaseRemainingSeconds }: StuckFacts): ReturnType<Rule> {
  if (stuckReason === undefined || leaseRemainingSeconds > 0) return undefined;
  return { action: "mark_stale_and_request_reclaim", evidence: ["lease 0"] };
}

function noSlot({ stuckReason, verified, hasDeliverableId }: StuckFacts): ReturnType<Rule> {
  if (stuckReason === undefined || verified || hasDeliverableId) return undefined;
  return { action: "publish_shared_cloud_artifact", evidence: ["missing_deliverable_id none_assigned"] };
}

function noArtifact({ stuckReason, verified, openIncidents }: StuckFacts): ReturnType<Rule> {
  if (stuckReason === undefined || verified) return undefined;
  const evidence = openIncidents.filter((incident) => /^(?:artifact_missing|phase_failed) /.test(incident));
  return {
    action: "publish_or_fail_with_reason",
    evidence: evidence.length === 0 ? [`stuck ${stuckReason}`] : evidence,
  };
}

function emptyLoop({ emptyClaims }: StuckFacts): ReturnType<Rule> {
  return emptyClaims > 0
    ? { action: "inspect_backlog_capabilities", evidence: [`empty_claims ${emptyClaims}`] }
    : undefined;
}
