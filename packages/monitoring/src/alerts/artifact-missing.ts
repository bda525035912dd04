/** Alert 4: a claimed job has no verified artifact. */
import { type ArtifactReason, METRICS } from "@worker-watchdog/sdk/semconv";
import { minutes } from "../rules/durations.ts";
import { incidents } from "../rules/incident-expressions.ts";
import { ATTEMPT, LABELS } from "../rules/labels.ts";
import { RECORDED } from "../rules/recording-rules.ts";
import type { AlertDefinition } from "./alert-definition.ts";

/** Reason of the part that time decides. Inhibition tells it apart from what the worker itself reported. */
export const LEASE_EXPIRING_REASON: ArtifactReason = "lease_expiring";

export const artifactMissing: AlertDefinition = {
  key: "artifact_missing",
  number: 4,
  name: "ArtifactMissing",
  severity: "high",
  owner: "codex_worker_maintainer",
  nextAction: "publish_or_fail_with_reason",
  phase: "artifact",
  scope: "attempt",
  state: () => "artifact_missing: {{ $labels.reason }}",
  summary: () => "Job {{ $labels.job_id }} has no verified artifact ({{ $labels.reason }}).",
  description: ({ thresholds }) =>
    `No verified artifact: the attempt ended, its gate failed for good, or less than ${thresholds.artifact_missing_lease_minutes} min of lease are left.`,
  expr: ({ policy }) => `${incidents("artifact_missing")}
or
label_replace(
  label_replace(
    ${RECORDED.openLease} < time() + ${minutes(policy.thresholds.artifact_missing_lease_minutes)}
    unless on (${ATTEMPT})
    ${RECORDED.verified},
    "${LABELS.reason}", "${LEASE_EXPIRING_REASON}", "", ""
  ),
  "${LABELS.kind}", "artifact_missing", "", ""
)`,
  runbook: {
    meaning:
      "A job was claimed and there is no artifact that the gate could verify. `reason` says why: what the gate found (`http_status`, `sign_in_page`, `empty_file_list`, `digest_mismatch` and so on), `attempt_ended` (the heartbeat ended with the job in hand), or `lease_expiring`.",
    impact: "The job looks worked on, and nothing was delivered. The gate blocks its completion.",
    firstLook: [
      {
        shows: "what the gate found for this job, by attempt",
        expr: `max by (trace_id, reason) (last_over_time(${METRICS.claimIncidents.prometheusName}{job_id="$job",kind="artifact_missing"}[2h]))`,
      },
      {
        shows: "reasons over the pool: one job, or a publishing place that is down",
        expr: `count by (worker_pool, reason) (max by (worker_pool, job_id, reason) (last_over_time(${METRICS.claimIncidents.prometheusName}{kind="artifact_missing"}[2h])))`,
      },
    ],
    alreadyTried:
      "One more gate request for a transport error, 404 or 5xx. The job was marked stuck and its evidence kept.",
    steps: [
      "Open the trace: the artifact span has the address, each status, the file count and the digest.",
      "If the artifact exists elsewhere, publish it where the gate can read it and let the gate run again.",
      "If there is none, end the attempt with `fail(reason)`: an honest failure clears the page.",
      "Its worker is gone and can not say so: `watchdog settle --job $job --reason …`. It ends the page, and is on record as yours.",
    ],
    never: [
      "Do not complete the job without a passed gate.",
      "Do not widen the gate's allowed hosts only to get this job through.",
    ],
    escalation:
      "Many jobs with one reason: the publishing place is down. Tell PLS ops, with the reason and an address.",
  },
};
