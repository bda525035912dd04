/** Alert 20: whether the queue took a complete can not be told. */
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { incidentsOfNewestAttempt } from "../rules/incident-expressions.ts";
import type { AlertDefinition } from "./alert-definition.ts";

export const completeUnknown: AlertDefinition = {
  key: "complete_unknown",
  number: 20,
  name: "CompleteUnknown",
  severity: "high",
  owner: "codex_worker_maintainer",
  nextAction: "read_job_state",
  phase: "complete",
  scope: "attempt",
  state: () => "complete_unknown: whether the queue took the completion can not be told ({{ $labels.reason }})",
  summary: () => "Nobody knows whether the queue took the completion of job {{ $labels.job_id }}.",
  description: ({ thresholds }) =>
    `Neither an answer nor the job's state says it. The page ends once it is known, or ${thresholds.event_hold_minutes} min after the last report.`,
  expr: () => incidentsOfNewestAttempt("complete_unknown"),
  runbook: {
    meaning:
      "The worker sent a complete and got no answer it could use (`transport`), or its retry was told that there is no such job (`not_found_on_retry`), which is also what a queue says of a job that the first try completed.",
    impact: "The artifact is verified and kept. The job may be completed, or may be given out a second time.",
    firstLook: [
      {
        shows: "completes of unknown outcome in the last two hours, by pool: one job, or the job service",
        expr: `count by (worker_pool, reason) (max by (worker_pool, job_id, reason) (last_over_time(${METRICS.claimIncidents.prometheusName}{kind="complete_unknown"}[2h])))`,
      },
      {
        shows: "when this job's artifact was verified",
        expr: `max by (trace_id) (last_over_time(${METRICS.claimArtifactVerifiedAt.prometheusName}{job_id="$job"}[4h]))`,
      },
    ],
    alreadyTried:
      "The job's state was read before the one retry and after it, where the worker has a way to read it. Nothing said who completed the job.",
    steps: [
      "Read the job's state in the queue: completed, and by whom?",
      "Completed by this worker, with this artifact: nothing is to be done.",
      "Still running: let the worker complete it again while its lease lives, or have it requeued with the kept artifact.",
      "Completed with another artifact, or gone: tell the job's author, with the trace and the artifact's address.",
      "Once you know: `watchdog settle --job $job --kind complete_unknown --reason …` records what it was, and ends the page.",
    ],
    never: [
      "Do not complete the job by hand before its state was read: a second complete may overwrite the first.",
      "Do not throw the artifact away.",
    ],
    escalation: "Several jobs at once: the job service loses answers. Tell its owner, with the times and two traces.",
  },
};
