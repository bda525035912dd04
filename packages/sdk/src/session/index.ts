/** What an agent's output says of its session: alive, waiting for a limit, or dead (R8). Reads text and events; starts nothing. */
export { AGENTS, type Agent, type AgentCommand, agentOfCommand, type OutputFormat } from "./agent.ts";
export { isLimit, isSessionClass, recoversAlone, type SessionFinding, type TroubleKind } from "./finding.ts";
export {
  type GitStatus,
  type GitWork,
  type Handover,
  type HandoverReason,
  MAX_LISTED,
  noGitWork,
  predecessorOf,
} from "./handover.ts";
export { limitedUntilMillis, noSuccessAtMillis } from "./limit-wait.ts";
export { type ResetClock, resetTimeIn } from "./reset-time.ts";
export type { SessionFacts, SessionLog } from "./session-log.ts";
export { type AgentEnd, createSessionReader, type SessionReader, type SessionReaderOptions } from "./session-reader.ts";
export { type SessionStanding, sessionStanding } from "./session-standing.ts";
export { SessionWatch, type SessionWatchOptions } from "./session-watch.ts";
