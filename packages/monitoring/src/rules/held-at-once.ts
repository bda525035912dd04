/** Recording rules for jobs that one worker holds at once, by its open claims alone: also where it does not use the library (design §7). */
import type { Policy } from "@worker-watchdog/sdk/policy";
import { ATTEMPT, LABELS, WORKER } from "./labels.ts";
import { RECORDED, type RecordingRule } from "./recording-rules.ts";

/** Leases that run, of claims that are neither settled nor taken over. */
const RUNNING = `${RECORDED.openLease} > time()`;

const NEWEST = `max by (${WORKER}) (${RECORDED.heldBeside})`;

/**
 * Rules that end in {@link RECORDED.claimsTooMany}: one series for each job, with how many claims are too many.
 *
 * A worker that is restarted without its memory, or leaves a job stuck and goes on to the next, holds two leases too, and works on one job. So an older
 * claim counts only if its attempt shows life after the newest claim; an attempt that never says that it is alive counts until its lease ends. Both wait
 * for `clock_offset_warn_seconds`: so far may a worker's clock be from the queue's with nobody told, and so long may the end of a job take to arrive.
 */
export function heldAtOnceRules({ thresholds }: Policy): readonly RecordingRule[] {
  const slack = thresholds.clock_offset_warn_seconds;
  return [
    // Of a healthy fleet nothing is left after this one, so that the others cost nothing.
    {
      record: RECORDED.heldBeside,
      expr: `${RECORDED.started}
and on (${ATTEMPT})
${RUNNING}
and on (${WORKER})
count by (${WORKER}) (${RUNNING}) > 1`,
    },
    {
      record: RECORDED.workedOn,
      expr: `${RECORDED.heldBeside} == on (${WORKER}) group_left () ${NEWEST}
or
(
  ${RECORDED.heldBeside}
  and on (${ATTEMPT})
  ${RECORDED.attemptAlive} > on (${WORKER}) group_left () (${NEWEST} + ${slack})
)
or
(
  ${RECORDED.heldBeside}
  unless on (${ATTEMPT})
  ${RECORDED.attemptAlive}
)`,
    },
    {
      record: RECORDED.claimsTooMany,
      expr: `group by (${ATTEMPT}) (${RECORDED.workedOn})
* on (${WORKER}) group_left ()
(
  count by (${WORKER}) (group by (${WORKER}, ${LABELS.jobId}) (${RECORDED.workedOn})) - 1 > 0
)
and on (${WORKER})
${NEWEST} < time() - ${slack}`,
    },
  ];
}
