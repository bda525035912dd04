/** One line for people: what an agent's session ended with, and what to do. */
import { recoversAlone, type SessionFinding, type SessionStanding } from "@worker-watchdog/sdk/session";

/** The line; undefined where the session is well. */
export function sessionLine(
  finding: SessionFinding | undefined,
  standing: SessionStanding | undefined,
  jobId: string | undefined,
): string | undefined {
  if (standing === undefined) {
    return finding === undefined
      ? undefined
      : `the agent failed by ${finding.kind} (${finding.evidence}); its session is not dead`;
  }
  const job = jobId === undefined || standing.is !== "dead" ? "" : `; job ${jobId} is blocked_on_session_death`;
  return `the session ${standingLine(standing)}${job}`;
}

/** How a session stands, and what to do. */
export function standingLine({ is, kind, evidence, untilMillis }: SessionStanding): string {
  if (is === "limited") {
    return `waits for a limit: ${kind} (${evidence}), a death at ${new Date(untilMillis ?? 0).toISOString()}`;
  }
  const next = recoversAlone(kind) === "never" ? "sign in again or add credit" : "it may work again later";
  return `is dead: ${kind} (${evidence}), ${next}`;
}
