/** The rows that an attempt's state says, so that each process that goes on with it exports the same ones. */
import type { AttemptRows } from "./attempt-rows.ts";
import { type AttemptState, isGivenBackState } from "./attempt-state.ts";

/**
 * Writes every row of the state. They are kept until the lease's end, or that of the work on it.
 *
 * @param leaseEndMillis The lease's end by the worker's own clock, in unix milliseconds.
 */
export function writeStateRows(rows: AttemptRows, state: Readonly<AttemptState>, leaseEndMillis: number): void {
  const { verified, settledAt, limitedUntil, limitCleared, endedAtMillis } = state;
  rows.setTime("claimStartedAt", state.startedAt, "routine");
  rows.setTime("claimLeaseExpiresAt", state.leaseExpiresAt);
  rows.setTime("claimProgressAt", state.progressAt, "routine");
  rows.setTime("claimAliveAt", state.aliveAt, "routine");
  if (verified !== null) rows.setTime("claimArtifactVerifiedAt", verified.checkedAt / 1_000);
  if (settledAt !== null) rows.setTime("claimSettledAt", settledAt);
  if (settledAt !== null && isGivenBackState(state)) rows.setTime("claimReleasedAt", settledAt);
  if (limitedUntil !== null) rows.setTime("sessionLimitedUntil", limitedUntil);
  if (limitCleared !== null) rows.setTime("sessionLimitCleared", limitCleared);
  rows.writeIncidents();
  rows.keepUntil(endedAtMillis === null ? leaseEndMillis : Math.min(endedAtMillis, leaseEndMillis));
}
