/** How long a limit is waited for before it is a death (R8.4), and how long an answer (R8). */
import type { SessionSettings } from "../policy/policy.ts";
import type { SessionFinding } from "./finding.ts";

const MINUTE_MILLIS = 60_000;

/**
 * When a limit's wait is over, in unix milliseconds: `session.limit_reset_grace_minutes` after the reset that it states, and
 * `session.limit_unstated_wait_minutes` from now where it states none.
 */
export function limitedUntilMillis(finding: SessionFinding, settings: SessionSettings, nowMillis: number): number {
  const { resetsAtMillis } = finding;
  if (resetsAtMillis === undefined) return nowMillis + settings.limit_unstated_wait_minutes * MINUTE_MILLIS;
  // A reset that has passed already is waited for from now: the agent has only just met the limit.
  return Math.max(resetsAtMillis, nowMillis) + settings.limit_reset_grace_minutes * MINUTE_MILLIS;
}

/** When a session that has been waiting for an answer since `awaitedSinceMillis` counts as dead (`no_success`), in unix milliseconds. */
export function noSuccessAtMillis(awaitedSinceMillis: number, settings: SessionSettings): number {
  return awaitedSinceMillis + settings.no_success_minutes * MINUTE_MILLIS;
}
