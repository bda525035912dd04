/** Alert 3: the queue does not know a job that it gave out. */
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { incidentsAtLeast } from "../rules/incident-expressions.ts";
import type { AlertDefinition } from "./alert-definition.ts";

export const jobNotFoundAfterClaim: AlertDefinition = {
  key: "job_not_found_after_claim",
  number: 3,
  name: "JobNotFoundAfterClaim",
  severity: "critical",
  owner: "pls_platform_owner",
  nextAction: "preserve_artifact_and_alert",
  phase: "{{ $labels.reason }}",
  scope: "attempt",
  state: () => "job_not_found: the queue does not know the claimed job (asked by {{ $labels.reason }})",
  summary: () => "The queue no longer knows job {{ $labels.job_id }}, which worker {{ $labels.worker_id }} holds.",
  description: ({ thresholds }) =>
    `{{ $value }} not-found answer(s) while the worker held the job. The page ends ${thresholds.event_hold_minutes} min after the attempt's last report.`,
  expr: ({ policy }) => incidentsAtLeast("job_not_found", policy.thresholds.job_not_found_after_claim_critical_count),
  runbook: {
    meaning:
      "A worker claimed a job, still holds its lease, and the queue answered `job_not_found` to context, progress or complete. The job was deleted, or the queue lost it, or two queues are mixed up.",
    impact: "The work can not be delivered. If the queue lost this job it may have lost others.",
    firstLook: [
      {
        shows: "jobs that went missing in the last two hours, by pool",
        expr: `count by (worker_pool) (max by (worker_pool, job_id) (last_over_time(${METRICS.claimIncidents.prometheusName}{kind="job_not_found"}[2h])))`,
      },
      {
        shows: "when this job's artifact was verified, if it was",
        expr: `max by (trace_id) (last_over_time(${METRICS.claimArtifactVerifiedAt.prometheusName}{job_id="$job"}[4h]))`,
      },
    ],
    alreadyTried:
      "Nothing: a not-found is final. The worker claimed no completion and kept its artifact with its evidence.",
    steps: [
      "Keep the artifact: its address and digest are on the artifact span of the trace.",
      "Ask the queue's owner whether the job was deleted or lost; look for a restore, a migration or a second queue.",
      "If it was lost: have it created again and attach the kept artifact.",
      "Once it is known what became of it: `watchdog settle --job $job --reason …` ends the page, and those of its lease.",
    ],
    never: [
      "Do not delete the artifact or the worker's journal.",
      "Do not let the worker report the job as completed.",
    ],
    escalation: "At once to the platform owner: job, pool, time, and how many jobs the first query shows.",
  },
};
