/** Alert 12: a complete that was reported ok, with no word of the artifact gate. */
import { METRICS } from "@worker-watchdog/sdk/semconv";
import { ATTEMPT } from "../rules/labels.ts";
import { lastValue } from "../rules/last-value.ts";
import type { AlertDefinition } from "./alert-definition.ts";

const unproven = METRICS.completeUnprovenAt.prometheusName;

export const falseGreen: AlertDefinition = {
  key: "false_green",
  number: 12,
  name: "FalseGreen",
  severity: "critical",
  owner: "pls_platform_owner",
  nextAction: "revert_completion",
  phase: "complete",
  scope: "event",
  state: () => "false_green: a complete was reported ok with no verified artifact",
  summary: () => "Worker {{ $labels.worker_id }} reported a job as completed with no proof of its artifact.",
  description: ({ thresholds }) =>
    `Reported at {{ $value | humanizeTimestamp }}. The page ends ${thresholds.event_hold_minutes} min after the last report.`,
  expr: ({ ranges }) => `${lastValue(ATTEMPT, unproven, ranges.eventSeconds)} > 0`,
  runbook: {
    meaning:
      "A span of the phase `complete` ended ok, and the artifact gate's evidence is not on it: the id of a check, a status below 400, and at least one file. The Collector saw it, whatever wrote the span. A worker that uses the library can not send it.",
    impact: "The queue says that the job is done, and nobody has seen what it should have delivered.",
    firstLook: [
      {
        shows: "completes without proof in the last two hours, by worker: one worker, or a release of all",
        expr: `count by (worker_pool, worker_id) (max by (worker_pool, worker_id, job_id, trace_id) (last_over_time(${unproven}[2h])))`,
      },
      {
        shows: "when a gate verified an artifact of this job, if one did",
        expr: `max by (worker_id, trace_id) (last_over_time(${METRICS.claimArtifactVerifiedAt.prometheusName}{job_id="$job"}[4h]))`,
      },
    ],
    alreadyTried: "Nothing: the completion was the worker's own, and the watchdog changes nothing in the queue.",
    steps: [
      "Open the trace: the complete span has the job, the worker, and what of the evidence is there.",
      "Look whether the artifact exists, by its address in the queue. If it does, the worker only fails to say so: its owner adds the attributes (docs/concepts/without-the-library.md).",
      "If it does not: have the supervisor take the completion back and requeue the job.",
      "Stop the worker if the first query shows more of its jobs; look at each of them.",
    ],
    never: [
      "Do not silence the worker because the artifact turned up this time.",
      "Do not let a worker write the evidence's attributes without a gate that checked.",
    ],
    escalation:
      "At once to the platform owner: worker, jobs, since when, and who received what these jobs should have delivered.",
  },
};
