/** Alert 5 of a pool: it is idle. One message for all of its workers, whenever each of them asked the third time (R4.3). */
import { LABELS } from "../rules/labels.ts";
import { ofPool } from "../rules/pool-expressions.ts";
import { RECORDED } from "../rules/recording-rules.ts";
import { poolWide } from "./pool-wide.ts";
import { idleWorkers, repeatedNoJob } from "./repeated-no-job.ts";

const POOL = LABELS.workerPool;

export const repeatedNoJobPool = poolWide(repeatedNoJob, {
  what: "ask for a job and get none",
  expr: (context) => {
    const idle = idleWorkers(context, context.policy.thresholds.repeated_no_job_warn_count);
    // The first worker that has asked often enough speaks for a pool in which everybody's last claim was empty.
    return `${ofPool(idle, context.policy)}
or
(
  count by (${POOL}) (
${idleWorkers(context, 1)}
  )
  >= on (${POOL})
  (${RECORDED.poolWorkers} > 1)
  and on (${POOL})
  (
${idle}
  )
)`;
  },
  steps: [
    "Read the repair proposals of two workers: what the queue held, and which kinds each of them may take.",
    "An empty queue is no fault: the message ends with the next job.",
  ],
});
