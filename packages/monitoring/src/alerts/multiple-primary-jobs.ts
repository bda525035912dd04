/** Alert 13: two primary jobs, by the library's own word, or because a worker works on two open claims at once. */
import { type IncidentKind, type IncidentReason, METRICS } from "@worker-watchdog/sdk/semconv";
import { duration } from "../rules/durations.ts";
import { incidents } from "../rules/incident-expressions.ts";
import { LABELS } from "../rules/labels.ts";
import { RECORDED } from "../rules/recording-rules.ts";
import type { AlertDefinition, RuleContext } from "./alert-definition.ts";

const KIND = "multiple_primary_jobs" satisfies IncidentKind;
const HELD_AT_ONCE = "held_at_once" satisfies IncidentReason<typeof KIND>;

/** One series for each job, for as long as an event is held: who gives one of the jobs back has held two all the same. */
function heldAtOnce({ ranges }: RuleContext): string {
  return `label_replace(
  label_replace(
    last_over_time(${RECORDED.claimsTooMany}[${duration(ranges.eventSeconds)}]) > 0,
    "${LABELS.reason}", "${HELD_AT_ONCE}", "", ""
  ),
  "${LABELS.kind}", "${KIND}", "", ""
)`;
}

export const multiplePrimaryJobs: AlertDefinition = {
  key: "multiple_primary_jobs",
  number: 13,
  name: "MultiplePrimaryJobs",
  severity: "critical",
  owner: "pls_platform_owner",
  nextAction: "stop_worker",
  phase: "claim",
  scope: "event",
  state: () => "multiple_primary_jobs: more than one primary job ({{ $labels.reason }})",
  summary: () => "Worker {{ $labels.worker_id }} claimed a primary job beside another one.",
  description: ({ thresholds }) =>
    `{{ $value }} claim(s) too many. The page ends ${thresholds.event_hold_minutes} min after the last report.`,
  expr: (context) => `${incidents(KIND)}\nor\n${heldAtOnce(context)}`,
  runbook: {
    meaning:
      "Two jobs were really claimed by one worker at once. `late_claim`: a claim that was given up answered after all, with a job of its own, when its retry had already got another; it counts as well if the first job was completed. `held_at_once`: a worker, with the library or without, has several open claims and works on them; the page has an alert for each of the jobs.",
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
      {
        shows: "jobs that workers of the pool held at once in the last two hours",
        expr: `max by (worker_id, job_id, trace_id) (last_over_time(${RECORDED.claimsTooMany}{worker_pool="$pool"}[2h]))`,
      },
    ],
    alreadyTried:
      "The library refuses a second claim before it asks the queue, and keeps the job that it has. It releases nothing by force. A worker without the library was stopped by nothing.",
    steps: [
      "Stop the worker (SIGTERM): it finishes or gives back what it holds, and signs off.",
      "Ask the queue which jobs it has running for this worker, and have the supervisor requeue the one that nobody works on.",
      "late_claim: find out why a claim answered late: the trace's claim spans have their times. A job service slower than `job_command_timeout_seconds` makes every claim a late one.",
      "held_at_once: find out whether one process claims twice, or two processes share one worker id; give each an id of its own.",
      "late_claim, and both jobs are accounted for: `watchdog settle --worker $worker --pool $pool --kind multiple_primary_jobs --reason …` ends the page.",
    ],
    never: [
      "Do not let the worker go on with both jobs.",
      "Do not complete the second job from the first one's artifact.",
    ],
    escalation: "At once to the platform owner: worker, both jobs, and whether other workers did it too.",
  },
};
