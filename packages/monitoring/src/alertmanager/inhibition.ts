/** One cause, one page (R4.4): which alert mutes which, within one pool and worker, and one job where both have one; the pipeline's, everywhere. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { INCIDENT_REASONS } from "@worker-watchdog/sdk/semconv";
import type { AlertScope, WatchdogAlertKey } from "../alerts/alert-definition.ts";
import { enabledAlerts, isSilent } from "../alerts/alert-table.ts";
import { LEASE_EXPIRING_REASON } from "../alerts/artifact-missing.ts";
import { clusterLabels, LABELS } from "../rules/labels.ts";

/** One line of R4.4. */
export interface Inhibition {
  readonly source: WatchdogAlertKey;
  readonly target: WatchdogAlertKey;
  /** Only sources with this reason mute. */
  readonly sourceReason?: string | undefined;
  /** Only targets with one of these reasons are muted. */
  readonly targetReasons?: readonly string[] | undefined;
  /** Only targets with the source's reason are muted. */
  readonly sameReason?: boolean | undefined;
}

/** The table, in the order of R4.4. */
export const INHIBITIONS: readonly Inhibition[] = [
  { source: "session_dead", target: "lease_expiring_with_claimed_job" },
  { source: "session_dead", target: "artifact_missing" },
  { source: "session_dead", target: "repeated_no_job" },
  { source: "session_dead", target: "lease_expired" },
  { source: "session_dead", target: "queue_stuck" },
  { source: "session_dead", target: "silent_loop" },
  { source: "session_dead", target: "phase_failed" },
  { source: "session_dead", target: "worker_absent" },
  { source: "job_not_found_after_claim", target: "lease_expiring_with_claimed_job" },
  { source: "job_not_found_after_claim", target: "artifact_missing" },
  { source: "job_not_found_after_claim", target: "lease_expired" },
  { source: "job_not_found_after_claim", target: "queue_stuck" },
  { source: "job_not_found_after_claim", target: "phase_failed" },
  { source: "lease_expired", target: "lease_expiring_with_claimed_job" },
  { source: "lease_expired", target: "artifact_missing" },
  { source: "lease_expired", target: "queue_stuck" },
  { source: "lease_expiring_with_claimed_job", target: "artifact_missing", targetReasons: [LEASE_EXPIRING_REASON] },
  { source: "worker_absent", target: "repeated_no_job" },
  { source: "worker_absent", target: "queue_stuck" },
  { source: "worker_absent", target: "silent_loop" },
  { source: "worker_absent", target: "phase_failed" },
  ...earlierPhases(),
  { source: "repeated_no_job_pool", target: "repeated_no_job" },
  { source: "queue_stuck_pool", target: "queue_stuck" },
  { source: "silent_loop_pool", target: "silent_loop" },
  { source: "phase_failed_pool", target: "phase_failed", sameReason: true },
  { source: "worker_absent_pool", target: "worker_absent" },
  { source: "repair_exhausted_pool", target: "repair_exhausted" },
  ...timeDriven("telemetry_catching_up"),
  ...timeDriven("telemetry_rows_missing"),
];

/** The alerts that time alone makes, once rows do not come in. A worker's own source mutes its worker's; the pipeline's, those of every worker and pool. */
function timeDriven(source: "telemetry_catching_up" | "telemetry_rows_missing"): readonly Inhibition[] {
  const ofWorkers: readonly Inhibition[] = [
    { source, target: "lease_expiring_with_claimed_job" },
    { source, target: "artifact_missing", targetReasons: [LEASE_EXPIRING_REASON] },
    { source, target: "lease_expired" },
    { source, target: "queue_stuck" },
    { source, target: "silent_loop" },
    { source, target: "worker_absent" },
  ];
  if (source === "telemetry_rows_missing") return ofWorkers;
  return [
    ...ofWorkers,
    { source, target: "queue_stuck_pool" },
    { source, target: "silent_loop_pool" },
    { source, target: "worker_absent_pool" },
    // Leases that seem to run out burn the budget of an objective as well, until it is counted anew (decision 136).
    { source, target: "artifact_error_budget_burn" },
    { source, target: "lease_error_budget_burn" },
  ];
}

/** An earlier phase's failure over a later one's. Where a worker's own phase stands among them is not known: between progress and artifact. */
function earlierPhases(): readonly Inhibition[] {
  const phases: readonly string[] = INCIDENT_REASONS.phase_failed;
  const own = "own_phase";
  const inOrder = phases.filter((phase) => phase !== own);
  const artifact = inOrder.indexOf("artifact");
  return inOrder.slice(0, -1).map((phase, index) => {
    const later = inOrder.slice(index + 1);
    const isBeforeOwn = index <= inOrder.indexOf("progress") && artifact > index;
    return {
      source: "phase_failed",
      target: "phase_failed",
      sourceReason: phase,
      targetReasons: isBeforeOwn ? [...later, own] : later,
    };
  });
}

/** The rules of Alertmanager. Each requires what it compares on both sides: to Alertmanager two missing labels are equal. */
export function inhibitRules(policy: Policy): readonly object[] {
  const enabled = new Map(enabledAlerts(policy).map((alert) => [alert.key, alert]));
  return INHIBITIONS.flatMap((inhibition) => {
    const from = enabled.get(inhibition.source);
    const to = enabled.get(inhibition.target);
    // A source that notifies nobody must not mute: the cause would page nobody at all.
    if (from === undefined || to === undefined || isSilent(from.key, policy)) return [];
    const clusters = clusterLabels(policy);
    if (from.scope === "pipeline") return ofPipeline(inhibition, clusters);
    return jobsOf(from.scope, to.scope).map((each) => inhibitRule(inhibition, each, from.scope, clusters));
  });
}

/** The pipeline's own mute everywhere. What a server says of itself names no cluster, unless its Prometheus adds one, and is then of that one alone. */
function ofPipeline(inhibition: Inhibition, clusters: readonly string[]): readonly object[] {
  const anyJob: Jobs = { what: "", source: "any", target: "any" };
  const everywhere = inhibitRule(inhibition, anyJob, "pipeline", []);
  const [cluster] = clusters;
  if (cluster === undefined) return [everywhere];
  const withMatcher = (rule: InhibitRule, what: string, matcher: string): InhibitRule => ({
    ...rule,
    name: `${rule.name}${what}`,
    source_matchers: [...rule.source_matchers, matcher],
  });
  return [
    withMatcher(inhibitRule(inhibition, anyJob, "pipeline", clusters), "", `${cluster}=~".+"`),
    withMatcher(everywhere, ", of no cluster", `${cluster}=""`),
  ];
}

/** One entry of Alertmanager's `inhibit_rules`. */
interface InhibitRule {
  readonly name: string;
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  readonly equal?: readonly string[];
}

/** Whether each side has a job: `none` is asked for, `any` is not asked. */
interface Jobs {
  readonly what: string;
  readonly source: "some" | "none" | "any";
  readonly target: "some" | "none" | "any";
}

/** A job is compared where both sides have one; a side that may lack it gets a rule of its own. */
function jobsOf(source: AlertScope, target: AlertScope): readonly Jobs[] {
  const may = (scope: AlertScope) => scope === "attempt" || scope === "event";
  if (!may(source) || !may(target)) return [{ what: "", source: "any", target: "any" }];
  return [
    { what: "", source: "some", target: "some" },
    ...(source === "event" ? [{ what: ", without a job", source: "none", target: "any" } as const] : []),
    ...(target === "event" ? [{ what: ", of no job", source: "any", target: "none" } as const] : []),
  ];
}

function inhibitRule(
  inhibition: Inhibition,
  jobs: Jobs,
  sourceScope: AlertScope,
  clusters: readonly string[],
): InhibitRule {
  const { source, target, sourceReason, targetReasons, sameReason } = inhibition;
  const isOfPipeline = sourceScope === "pipeline";
  const equal = [
    ...(isOfPipeline ? [] : [LABELS.workerPool]),
    ...(isOfPipeline || sourceScope === "pool" ? [] : [LABELS.workerId]),
    ...(jobs.source === "some" ? [LABELS.jobId] : []),
    ...(sameReason === true ? [LABELS.reason] : []),
  ];
  const present = equal.map((label) => `${label}=~".+"`);
  const absent = (job: Jobs["source"]) => (job === "none" ? [`${LABELS.jobId}=""`] : []);
  const reasons = (some: readonly string[] | undefined) => {
    if (some === undefined) return [];
    return [some.length === 1 ? `${LABELS.reason}="${some[0]}"` : `${LABELS.reason}=~"${some.join("|")}"`];
  };
  const reasoned = (key: string, reason: string | undefined) => (reason === undefined ? key : `${key} (${reason})`);
  return {
    name: `${reasoned(source, sourceReason)} over ${reasoned(target, targetReasons?.join(", "))}${jobs.what}`,
    source_matchers: [
      `${LABELS.alertKey}="${source}"`,
      ...present,
      ...absent(jobs.source),
      ...reasons(sourceReason === undefined ? undefined : [sourceReason]),
    ],
    target_matchers: [`${LABELS.alertKey}="${target}"`, ...present, ...absent(jobs.target), ...reasons(targetReasons)],
    // Not asked to be present: two alerts that name no cluster are of one, the one that this Prometheus is in.
    ...(clusters.length + equal.length > 0 && { equal: [...clusters, ...equal] }),
  };
}
