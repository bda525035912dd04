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
  const job = jobId === undefined ? "" : ` job ${jobId} is blocked_on_session_death;`;
  if (standing.is === "dead") {
    const next = recoversAlone(standing.kind) === "never" ? "sign in again or add credit" : "it may work again later";
    return `the session is dead: ${standing.kind} (${standing.evidence});${job} ${next}`;
  }
  const until = new Date(standing.untilMillis ?? 0).toISOString();
  return `the session waits for a limit: ${standing.kind} (${standing.evidence}), a death at ${until}`;
}
