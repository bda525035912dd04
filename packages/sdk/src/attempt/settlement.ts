/** Ends an attempt short of completion: failed, paused or released, once the queue has acknowledged it (R2.5). */

import { ownField } from "../own-field.ts";
import { boundedCall } from "../phase/bounded-call.ts";
import { outputHash } from "../phase/output-hash.ts";
import { failureOfError, failureOfResult } from "../phase/phase-failure.ts";
import type { PhaseFunction } from "../phase/phase-function.ts";
import { recordStep } from "../repair/repairs.ts";
import { EVENTS } from "../semconv/index.ts";
import type { Attempt } from "./attempt.ts";
import { dropFinishedWork } from "./finished-work.ts";

const MAX_REASON = 500;
const STEPS = { failed: "fail", paused: "pause", released: "release" } as const;

/** Runs the queue's command and settles the attempt when its result says `ok: true`. Never throws; true once it is settled. */
export async function settleAttempt<P>(
  attempt: Attempt<P>,
  settlement: keyof typeof STEPS,
  reason: string,
  run: PhaseFunction<unknown>,
  by: {
    /** Who asked for it. Default: worker. */
    readonly actor?: "worker" | "watchdog";
    /** How long the queue may take. Default: the policy's bound of a job service's command. */
    readonly timeoutMillis?: number;
  } = {},
): Promise<boolean> {
  const { actor = "worker" } = by;
  const bounds = attempt.worker.bounds(attempt.parent);
  const timeoutMillis = Math.min(bounds.timeoutMillis, by.timeoutMillis ?? Number.POSITIVE_INFINITY);
  const oldState = attempt.state;
  let failure: string | undefined;
  let hash: string | undefined;
  try {
    // Not under the job's own signal: a job whose lease ran out is still given back.
    const result = await boundedCall({ ...bounds, timeoutMillis }, run);
    hash = outputHash({ status: "ok", result });
    if (ownField(result, "ok") !== true) failure = failureOfResult(result).code;
  } catch (error) {
    failure = failureOfError(error).code;
  }
  const audit = { action: STEPS[settlement], phase: STEPS[settlement], oldState, outputHash: hash } as const;
  if (failure !== undefined) {
    recordStep(attempt, { ...audit, actor, reason: failure, result: "failed" });
    attempt.record(EVENTS.jobStuck, { data: { reason: `${settlement}_not_acknowledged`, failure } });
    return false;
  }
  attempt.settle(settlement, { reason: reason.slice(0, MAX_REASON) });
  recordStep(attempt, { ...audit, actor, result: "success" });
  attempt.rows.clear("lease_lost", "repair_exhausted");
  if (settlement === "failed") {
    attempt.rows.clear("complete_rejected", "complete_unknown", "artifact_missing");
    dropFinishedWork(attempt);
  }
  return true;
}
