/** Alert 5: a worker asks for work and gets none, again and again. */
import { ATTRIBUTES, METRICS, prometheusLabel } from "@worker-watchdog/sdk/semconv";
import { LABELS } from "../rules/labels.ts";
import { lastValue } from "../rules/last-value.ts";
import { RECORDED, UNLESS_STOPPED } from "../rules/recording-rules.ts";
import type { AlertDefinition, RuleContext } from "./alert-definition.ts";

const streak = METRICS.noJobStreak.prometheusName;
const pending = METRICS.queuePendingJobs.prometheusName;

/** Workers whose last `count` claims gave no job, by the word of the process that asked last. */
export function idleWorkers({ policy, ranges }: RuleContext, count: number): string {
  const idle = `${RECORDED.noJobStreak} >= ${count}\n${UNLESS_STOPPED}`;
  if (!policy.alerts.repeated_no_job_needs_backlog) return idle;
  return `${idle}\nand on (${LABELS.workerPool})\n${lastValue(LABELS.workerPool, pending, ranges.streakSeconds)} > 0`;
}

export const repeatedNoJob: AlertDefinition = {
  key: "repeated_no_job",
  number: 5,
  name: "RepeatedNoJob",
  severity: "medium",
  owner: "pls_ops",
  nextAction: "inspect_backlog_capabilities",
  phase: "claim",
  scope: "worker",
  isSlow: true,
  state: ({ thresholds }) =>
    `repeated_no_job: ${thresholds.repeated_no_job_warn_count} or more claims in a row gave no job`,
  summary: () => "Worker {{ $labels.worker_id }} of pool {{ $labels.worker_pool }} gets no job.",
  description: () => "{{ $value }} claims in a row returned no job. A repair proposal is open in the worker's journal.",
  evidence: `${streak}{worker_pool="{{ $labels.worker_pool }}",worker_id="{{ $labels.worker_id }}"}`,
  expr: (context) => idleWorkers(context, context.policy.thresholds.repeated_no_job_warn_count),
  runbook: {
    meaning:
      "A worker wakes, touches, claims, and the queue has nothing for it, several times in a row. Either the pool is idle, or jobs wait that this worker is not eligible for.",
    impact: "None if the queue is empty. Otherwise jobs wait while workers look healthy.",
    firstLook: [
      { shows: "streaks of the pool", expr: `max by (worker_id) (${streak}{worker_pool="$pool"})` },
      {
        shows: "claims of the pool in the last hour, by outcome",
        expr: `sum by (${prometheusLabel(ATTRIBUTES.claimOutcome.key)}) (increase(${METRICS.claims.prometheusName}{worker_pool="$pool"}[1h]))`,
      },
    ],
    alreadyTried:
      "A repair proposal was written: the worker's kind and capabilities, the eligible job kinds, and what the backlog held.",
    steps: [
      "Read the proposal in the worker's journal.",
      "If the backlog is empty, nothing is wrong: the page ends with the next job.",
      "If jobs wait, compare their kinds with the worker's capabilities, and correct the one that is wrong.",
    ],
    never: [
      "Do not let a worker claim more than one primary job to drain a backlog.",
      "Do not delete jobs to make the queue fit.",
    ],
    escalation: "Jobs wait and no worker is eligible: tell the platform owner, with the kinds on both sides.",
  },
};
