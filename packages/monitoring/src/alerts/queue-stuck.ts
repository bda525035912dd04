/** Alert 7 (a), (b) and (d): a job that a worker holds stands still. */

import { minutes } from "../rules/durations.ts";
import { ATTEMPT, LABELS } from "../rules/labels.ts";
import { ofSingleWorker } from "../rules/pool-expressions.ts";
import { RECORDED } from "../rules/recording-rules.ts";
import type { AlertDefinition, RuleContext } from "./alert-definition.ts";

/** Attempts whose job stands still, with why: no life before no progress before an old lease, one reason each. */
export function stuckAttempts({ policy }: RuleContext): string {
  const { thresholds, pipeline, alerts } = policy;
  const life = minutes(thresholds.queue_stuck_no_life_minutes);
  const stall = minutes(thresholds.progress_stall_minutes);
  // A dead worker makes no progress either, which is what (a) is for: it must have been seen until shortly before.
  const seenFor = Math.max(0, stall - 2 * pipeline.row_refresh_seconds);
  // A lease that runs out first has alert 1, and then 6: one cause, one page.
  const leaseFirst = alerts.disabled.includes("lease_expiring_with_claimed_job")
    ? ""
    : `
  unless
  ${RECORDED.attemptAlive} >= ${RECORDED.openLease} - ${life + minutes(thresholds.lease_remaining_minutes_warn)}`;
  const noLife = `${RECORDED.attemptAlive} < time() - ${life}${leaseFirst}`;
  const noProgress = `${RECORDED.progress} < time() - ${stall}
  and
  ${RECORDED.progress} < ${RECORDED.attemptAlive} - ${seenFor}`;
  const oldLease = `${RECORDED.openLease} < time() - ${minutes(thresholds.queue_stuck_lease_minutes)}`;
  return `${reasoned("no_sign_of_life", noLife)}
or on (${ATTEMPT})
${reasoned("no_progress", noProgress)}
or on (${ATTEMPT})
${reasoned("lease_overdue", oldLease)}`;
}

function reasoned(reason: string, expr: string): string {
  return `label_replace(
  ${expr},
  "${LABELS.reason}", "${reason}", "", ""
)`;
}

export const queueStuck: AlertDefinition = {
  key: "queue_stuck",
  number: 7,
  name: "QueueStuck",
  severity: "high",
  owner: "pls_platform_owner",
  nextAction: "supervisor_review",
  phase: "progress",
  scope: "attempt",
  isSlow: true,
  state: () => "queue_stuck: {{ $labels.reason }}",
  summary: () => "Job {{ $labels.job_id }} stands still with worker {{ $labels.worker_id }} ({{ $labels.reason }}).",
  description: ({ thresholds }) =>
    `Since {{ $value | humanizeTimestamp }}. A running job with no sign of life for ${thresholds.queue_stuck_no_life_minutes} min, none of progress for ${thresholds.progress_stall_minutes} min, or ${thresholds.queue_stuck_lease_minutes} min past its lease.`,
  expr: (context) => ofSingleWorker(stuckAttempts(context)),
  runbook: {
    meaning:
      "A worker holds a job and the job stands still. `no_sign_of_life`: nothing is heard of the attempt, and its lease still runs for long. `no_progress`: its process lives and nothing moves, so it hangs. `lease_overdue`: the lease is long over and nobody has taken the job.",
    impact: "The job is not worked on, and the queue gives it to nobody else while the lease runs.",
    firstLook: [
      {
        shows: "seconds since the attempt's last sign of life",
        expr: `time() - ${RECORDED.attemptAlive}{worker_pool="$pool",job_id="$job"}`,
      },
      {
        shows: "seconds since its last sign of progress",
        expr: `time() - ${RECORDED.progress}{worker_pool="$pool",job_id="$job"}`,
      },
      {
        shows: "seconds of lease left",
        expr: `${RECORDED.openLease}{worker_pool="$pool",job_id="$job"} - time()`,
      },
    ],
    alreadyTried:
      "After a stall the library stopped renewing the lease, so that another worker gets the job, and wrote a proposal with worker, contract, last phase and last progress.",
    steps: [
      "Open the trace: the phase without an end is where it stands.",
      "no_progress: look at what that phase waits for. A build that only takes long calls `job.progress` on its way. If it hangs, end the worker with SIGTERM: it gives back what it holds.",
      "no_sign_of_life: look at the host and the process, as for worker_absent. Alerts 1 and 6 follow when the lease runs out.",
      "Have the supervisor review the job: release it now, or wait for its lease.",
      "Its worker is gone and the job is taken care of: `watchdog settle --job $job --reason …` ends the page.",
    ],
    never: [
      "Do not force-release the job while its worker may still deliver it.",
      "Do not renew the lease by hand for a job that makes no progress.",
    ],
    escalation: "Not moving by the due time: tell the platform owner, with job, worker, reason and the last phase.",
  },
};
