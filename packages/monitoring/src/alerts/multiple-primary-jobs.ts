/** Alert 13: one heartbeat claimed two jobs. */
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { incidents } from "../rules/incident-expressions.ts";
import { RECORDED } from "../rules/recording-rules.ts";
import type { AlertDefinition } from "./alert-definition.ts";

export const multiplePrimaryJobs: AlertDefinition = {
  key: "multiple_primary_jobs",
  number: 13,
  name: "MultiplePrimaryJobs",
  severity: "critical",
  owner: "pls_platform_owner",
  nextAction: "stop_worker",
  phase: "claim",
  scope: "event",
  state: () => "multiple_primary_jobs: one heartbeat claimed two jobs ({{ $labels.reason }})",
  summary: () => "Worker {{ $labels.worker_id }} claimed two primary jobs in one heartbeat.",
  description: ({ thresholds }) =>
    `{{ $value }} claim(s) too many. The page ends ${thresholds.event_hold_minutes} min after the last report.`,
  expr: () => incidents("multiple_primary_jobs"),
  runbook: {
    meaning:
      "Two jobs were really claimed in one heartbeat. `late_claim`: a claim that was given up answered after all, with a job of its own, when its retry had already got another. It counts as well if the first job was completed.",
    impact: "Nobody works on one of the two jobs, and the queue believes that somebody does until its lease runs out.",
    firstLook: [
      {
        shows: "jobs that this worker holds, with seconds of lease left",
        expr: `${RECORDED.openLease}{worker_pool="$pool",worker_id="$worker"} - time()`,
      },
      {
        shows: "workers of the pool that did the same in the last two hours",
        expr: `count by (worker_pool) (max by (worker_pool, worker_id) (last_over_time(${METRICS.claimIncidents.prometheusName}{worker_pool="$pool",kind="multiple_primary_jobs"}[2h])))`,
      },
    ],
    alreadyTried:
      "The library refuses a second claim before it asks the queue, and keeps the job that it has. It releases nothing by force.",
    steps: [
      "Stop the worker (SIGTERM): it finishes or gives back what it holds, and signs off.",
      "Ask the queue which jobs it has running for this worker, and have the supervisor requeue the one that nobody works on.",
      "Find out why a claim answered late: the trace's claim spans have their times. A job service slower than `job_command_timeout_seconds` makes every claim a late one.",
    ],
    never: [
      "Do not let the worker go on with both jobs.",
      "Do not complete the second job from the first one's artifact.",
    ],
    escalation: "At once to the platform owner: worker, both jobs, and whether other workers did it too.",
  },
};
