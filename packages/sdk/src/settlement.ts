/** Ends an attempt short of completion: failed, paused or released, once the queue has acknowledged it (R2.5). */
import type { Attempt } from "./attempt.ts";
import { boundedCall } from "./bounded-call.ts";
import type { Settlement } from "./job-state.ts";
import { ownField } from "./own-field.ts";
import { failureOfError, failureOfResult } from "./phase-failure.ts";
import type { PhaseFunction } from "./phase-function.ts";
import { EVENTS } from "./semconv/index.ts";

const MAX_REASON = 500;

/** Runs the queue's command and settles the attempt when its result says `ok: true`. Never throws; true once it is settled. */
export async function settleAttempt<P>(
  attempt: Attempt<P>,
  settlement: Settlement,
  reason: string,
  run: PhaseFunction<unknown>,
): Promise<boolean> {
  let failure: string | undefined;
  try {
    // Not under the job's own signal: a job whose lease ran out is still given back.
    const result = await boundedCall(attempt.worker.bounds(attempt.parent), run);
    if (ownField(result, "ok") !== true) failure = failureOfResult(result).code;
  } catch (error) {
    failure = failureOfError(error).code;
  }
  if (failure !== undefined) {
    attempt.record(EVENTS.jobStuck, { data: { reason: `${settlement}_not_acknowledged`, failure } });
    return false;
  }
  attempt.settle(settlement, { reason: reason.slice(0, MAX_REASON) });
  if (settlement === "failed") attempt.rows.clear("complete_rejected", "complete_unknown", "artifact_missing");
  return true;
}
