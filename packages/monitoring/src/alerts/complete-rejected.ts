/** Alert 2: the queue rejected a completion, and the one repair did not help. */
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { incidentsAtLeast } from "../rules/incident-expressions.ts";
import type { AlertDefinition } from "./alert-definition.ts";

export const completeRejected: AlertDefinition = {
  key: "complete_rejected",
  number: 2,
  name: "CompleteRejected",
  severity: "high",
  owner: "codex_worker_maintainer",
  nextAction: "add_missing_kind_or_escalate",
  phase: "complete",
  scope: "attempt",
  state: () => "complete_rejected: {{ $labels.reason }}",
  summary: () => "The queue rejected the completion of job {{ $labels.job_id }} ({{ $labels.reason }}).",
  description: () => "{{ $value }} unrepaired rejection(s) in this attempt. The job's result contract is not met.",
  expr: ({ policy }) => incidentsAtLeast("complete_rejected", policy.thresholds.complete_rejection_warn_count),
  runbook: {
    meaning:
      "The worker finished and the queue said no: the result does not meet the job's contract. `reason` says why: `missing_artifact_kind` (added once, rejected again), `kind_not_addable`, `no_primary_artifact`, `lease_lost` or `other`.",
    impact: "Finished work does not count, and will be done again if nobody acts.",
    firstLook: [
      {
        shows: "rejections of this job, by reason",
        expr: `max by (trace_id, reason) (last_over_time(${METRICS.claimIncidents.prometheusName}{job_id="$job",kind="complete_rejected"}[2h]))`,
      },
      {
        shows: "rejections of the whole pool: one job, or a contract that changed",
        expr: `count by (worker_pool, reason) (max by (worker_pool, job_id, reason) (last_over_time(${METRICS.claimIncidents.prometheusName}{kind="complete_rejected"}[2h])))`,
      },
    ],
    alreadyTried: "For a missing kind: the kind was added and complete was tried once more. Nothing else is retried.",
    steps: [
      "Open the trace and read the complete span: it names the missing kinds or the queue's error.",
      "A missing kind that the worker can make: add it to the worker, and let the job be claimed again.",
      "A contract that asks for what no worker can make: escalate to the job's author; end the attempt with `fail(reason)`.",
      "Settled outside of the worker, or the worker is gone: `watchdog settle --job $job --reason …` ends the page.",
    ],
    never: [
      "Do not mark the job completed by hand.",
      "Do not add an empty file only to satisfy the contract: that is a false green.",
    ],
    escalation:
      "Several jobs with one reason: the contract changed. Tell the platform owner, with the reason and two traces.",
  },
};
