/** Alert 7 of a pool: (c) jobs wait and nobody gets one, or much of the pool's held jobs stand still. */
import { METRICS, type MetricKey } from "@worker-watchdog/sdk/semconv";
import { minutes } from "../rules/durations.ts";
import { LABELS, WORKER } from "../rules/labels.ts";
import { ofPool } from "../rules/pool-expressions.ts";
import { ofNewestProcess, RECORDED } from "../rules/recording-rules.ts";
import type { RuleContext } from "./alert-definition.ts";
import { poolWide } from "./pool-wide.ts";
import { queueStuck, stuckAttempts } from "./queue-stuck.ts";

const POOL = LABELS.workerPool;

/**
 * Pools whose oldest eligible job waits, by the word of the worker that asked last, if that was after the pool's last claim of a job and gave
 * none. Its streak says the latter: the time of the claim is the queue's, and that of the question the worker's, whose clock may be ahead.
 */
function waitingJobs({ policy, ranges }: RuleContext): string {
  const waits = minutes(policy.thresholds.queue_stuck_pending_minutes);
  const newest = (key: MetricKey) => ofNewestProcess(key, "claimPolledAt", ranges.streakSeconds);
  return `count by (${POOL}) (
  ${newest("queueOldestPendingAt")} < time() - ${waits}
  unless on (${WORKER})
  ${newest("queuePendingJobs")} == 0
  unless on (${WORKER})
  ${RECORDED.polled} < on (${POOL}) group_left () max by (${POOL}) (${RECORDED.polled})
  unless on (${WORKER})
  ${RECORDED.polled} <= on (${POOL}) group_left () ${RECORDED.poolClaimed}
  unless on (${WORKER})
  ${RECORDED.noJobStreak} == 0
)
unless
${RECORDED.poolClaimed} > time() - ${waits}`;
}

export const queueStuckPool = poolWide(queueStuck, {
  what: `hold a job that stands still, or ask while jobs wait and get none`,
  expr: (context) => `${ofPool(stuckAttempts(context), context.policy)}
or
${waitingJobs(context)}`,
  evidence: METRICS.queueOldestPendingAt.prometheusName,
  meaning:
    "Either much of the pool holds jobs that stand still, or the queue has an eligible job that waits, workers ask, and none of them gets a job.",
  steps: [
    `Do jobs wait? \`time() - ${RECORDED.started}{worker_pool="$pool"}\` shows when each claim was, and \`${METRICS.queuePendingJobs.prometheusName}\` how many jobs wait.`,
    "Jobs wait and nobody gets one: compare their kinds with the workers' capabilities, and look at the queue's own locks.",
    "Held jobs stand still on many workers: look for what they share, such as the model provider, the artifact host, the network.",
  ],
});
