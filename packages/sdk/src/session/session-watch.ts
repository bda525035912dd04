/** Turns what is read of an agent's run into what becomes of its session: waits, deaths and recoveries, each at its time. */
import type { SessionSettings } from "../policy/policy.ts";
import { isLimit, isSessionClass, recoversAlone, type SessionFinding } from "./finding.ts";
import { noSuccessAtMillis } from "./limit-wait.ts";
import type { SessionLog } from "./session-log.ts";
import type { AgentEnd, SessionReader } from "./session-reader.ts";

/** Code of the evidence of a session that was asked and did not answer. */
const NO_ANSWER = "agent.no_answer";

/** What is watched. */
export interface SessionWatchOptions {
  readonly reader: SessionReader;
  readonly log: SessionLog;
  /** The policy's `session`. */
  readonly settings: SessionSettings;
  /** Unix milliseconds. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** Watches one run. Call {@link SessionWatch.look} after output and, while there is none, every few seconds. */
export class SessionWatch {
  readonly #reader: SessionReader;
  readonly #log: SessionLog;
  readonly #settings: SessionSettings;
  readonly #now: () => number;

  constructor({ reader, log, settings, now = Date.now }: SessionWatchOptions) {
    this.#reader = reader;
    this.#log = log;
    this.#settings = settings;
    this.#now = now;
  }

  look(): void {
    const { open, answeredAtMillis } = this.#reader;
    const standing = this.#log.standing;
    if (open === undefined && standing !== undefined && (answeredAtMillis ?? 0) >= standing.sinceMillis) {
      this.#log.recovered();
    }
    if (open !== undefined) this.#failing(open, open.isFinal);
    this.#awaited();
  }

  /** The run has ended; gives what its session ended with. */
  end(end: AgentEnd): SessionFinding | undefined {
    this.look();
    const finding = this.#reader.end(end);
    // Nobody tries again any more, whatever the agent was at.
    if (finding !== undefined) this.#failing(finding, true);
    else if (end.exitCode === 0) this.#log.recovered();
    return finding;
  }

  #failing({ kind, evidence, ...rest }: SessionFinding, hasGivenUp: boolean): void {
    const facts = { sessionId: this.#reader.sessionId };
    if (isLimit(kind)) this.#log.limited({ kind, evidence, ...rest }, facts);
    // While the agent tries again by itself, a refused login may be one that it is just renewing.
    else if (isSessionClass(kind) && recoversAlone(kind) === "never" && hasGivenUp)
      this.#log.died(kind, evidence, facts);
    // A wait of an earlier run that is over is a death if this one fails too, and not before: nobody had asked.
    this.#log.look();
  }

  #awaited(): void {
    const since = this.#reader.awaitedSinceMillis;
    if (since === undefined || this.#now() < noSuccessAtMillis(since, this.#settings)) return;
    // A limit that is waited for explains the silence, and has an end of its own.
    if (this.#log.standing !== undefined) this.#log.look();
    else this.#log.died("no_success", NO_ANSWER, { sessionId: this.#reader.sessionId });
  }
}
