/** Reads an agent's output as it comes, and says what its session is at: incrementally, in bounded memory, keeping none of the text. */
import { ownField } from "../own-field.ts";
import type { Agent, OutputFormat } from "./agent.ts";
import { claudeSigns } from "./claude-events.ts";
import { ClaudeText } from "./claude-text.ts";
import { codexSigns } from "./codex-events.ts";
import { CodexText } from "./codex-text.ts";
import { isSessionClass, type SessionFinding } from "./finding.ts";
import { geminiSigns } from "./gemini-events.ts";
import { GeminiText } from "./gemini-text.ts";
import { LineSplitter, type OutputLine } from "./line-splitter.ts";
import type { ResetClock } from "./reset-time.ts";
import type { SessionSign } from "./session-sign.ts";
import { SessionState } from "./session-state.ts";
import { isTimeZone, localTimeZone } from "./zoned-time.ts";

/** Whose output is read, and how. */
export interface SessionReaderOptions {
  readonly agent: Agent;
  /** Default: `auto`, by the first line of standard output. State it where it is known: an answer may itself look like a stream of events. */
  readonly format?: OutputFormat | undefined;
  /** IANA time zone that the agent prints times in, such as its `TZ`. Default, also for a name that is none: this process's. */
  readonly timeZone?: string | undefined;
  /** Unix milliseconds. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** How the agent's process ended. */
export interface AgentEnd {
  /** Its exit code; null where a signal ended it. */
  readonly exitCode: number | null;
}

/** Reads one run of an agent. */
export interface SessionReader {
  /** Takes the next bytes of one of its streams. */
  push(chunk: Uint8Array, stream: "stdout" | "stderr"): void;
  /**
   * The failure that no success has followed, so far; of formats for people, where anything may be quoted, only what the agent says on a channel
   * of its own.
   */
  readonly open: SessionFinding | undefined;
  /** When the model last answered, in unix milliseconds; undefined where it has not, or where the format does not show it. */
  readonly answeredAtMillis: number | undefined;
  /** Since when the model's next word is awaited; undefined while a tool runs, or where the format does not show it. */
  readonly awaitedSinceMillis: number | undefined;
  /** The agent's own id of its session, where it stated one. */
  readonly sessionId: string | undefined;
  /** The run has ended: what its session ended with. Undefined where it ended well, or failed by nothing that the agent told of. */
  end(end: AgentEnd): SessionFinding | undefined;
}

const EVENT_READERS: Readonly<Record<Agent, (event: unknown, clock: ResetClock) => readonly SessionSign[]>> = {
  codex: codexSigns,
  claude: claudeSigns,
  gemini: geminiSigns,
};
/** How each agent's stream of events begins. */
const FIRST_EVENTS: ReadonlySet<unknown> = new Set(["thread.started", "system", "init", "result"]);
/** 124 is what `timeout` ends with; the others are what shells tell of SIGHUP, SIGINT, SIGQUIT, SIGKILL and SIGTERM. */
const STOPPED: ReadonlySet<number | null> = new Set([null, 124, 129, 130, 131, 137, 143]);
/** How Codex's text names its session. */
const CODEX_SESSION = /^session id: (\S+)$/;
const SESSION_ID = /^[0-9A-Za-z][0-9A-Za-z_-]{7,63}$/;
const FATAL_AUTHENTICATION = 41;
/** With a format of events, the Gemini CLI exits with the HTTP status, of which the system keeps one byte. */
const GEMINI_STATUS_EXITS: Readonly<Record<number, SessionFinding>> = {
  [FATAL_AUTHENTICATION]: { kind: "token_revoked", evidence: "gemini.exit_41", isFinal: true },
  [401 % 256]: { kind: "token_revoked", evidence: "gemini.http_401", isFinal: true },
  [429 % 256]: { kind: "limit_unknown", evidence: "gemini.http_429", isFinal: true },
};

/**
 * Reads the output of an agent's run.
 *
 * @example
 * ```ts
 * const reader = createSessionReader({ agent: "codex", format: "json" });
 * child.stdout.on("data", (chunk) => reader.push(chunk, "stdout"));
 * child.once("exit", (exitCode) => console.log(reader.end({ exitCode })?.kind ?? "no failure"));
 * ```
 */
export function createSessionReader(options: SessionReaderOptions): SessionReader {
  return new Reader(options);
}

class Reader implements SessionReader {
  readonly #agent: Agent;
  readonly #timeZone: string;
  readonly #now: () => number;
  readonly #state = new SessionState();
  readonly #codex = new CodexText();
  readonly #claude = new ClaudeText();
  readonly #gemini = new GeminiText();
  readonly #lines: { readonly stdout: LineSplitter; readonly stderr: LineSplitter };
  #format: OutputFormat;
  #sessionId: string | undefined;

  constructor({ agent, format = "auto", timeZone, now = Date.now }: SessionReaderOptions) {
    this.#agent = agent;
    this.#format = format;
    this.#timeZone = timeZone !== undefined && isTimeZone(timeZone) ? timeZone : localTimeZone();
    this.#now = now;
    this.#lines = {
      stdout: new LineSplitter((line) => this.#stdout(line)),
      stderr: new LineSplitter((line) => this.#stderr(line)),
    };
  }

  push(chunk: Uint8Array, stream: "stdout" | "stderr"): void {
    this.#lines[stream].push(chunk);
  }

  get open(): SessionFinding | undefined {
    return this.#state.open;
  }

  get answeredAtMillis(): number | undefined {
    return this.#state.answeredAtMillis;
  }

  get awaitedSinceMillis(): number | undefined {
    return this.#format === "json" ? this.#state.awaitedSinceMillis : undefined;
  }

  get sessionId(): string | undefined {
    return this.#sessionId;
  }

  end({ exitCode }: AgentEnd): SessionFinding | undefined {
    this.#lines.stdout.end();
    this.#lines.stderr.end();
    const found = this.#format === "json" ? this.#endOfEvents(exitCode) : this.#endOfText(exitCode);
    if (this.#agent !== "gemini" || exitCode === null || (found !== undefined && isSessionClass(found.kind)))
      return found;
    return GEMINI_STATUS_EXITS[exitCode] ?? found;
  }

  /** Events are the client's own words: what is open at the end stands, unless the client was trying again and then ended well. */
  #endOfEvents(exitCode: number | null): SessionFinding | undefined {
    const { open } = this.#state;
    return exitCode === 0 && open?.isFinal !== true ? undefined : open;
  }

  /** Text is believed only of a run that failed. */
  #endOfText(exitCode: number | null): SessionFinding | undefined {
    if (exitCode === 0) return undefined;
    const { open } = this.#state;
    // A client that was still trying did not fail by it, unless somebody stopped it while it waited.
    if (open !== undefined && (open.isFinal || STOPPED.has(exitCode))) return open;
    if (STOPPED.has(exitCode)) return undefined;
    return this.#agent === "codex" ? this.#codex.last : this.#agent === "claude" ? this.#claude.last : undefined;
  }

  #stdout(line: OutputLine): void {
    if (line.text.trim() === "") return;
    const event = this.#format === "text" ? undefined : eventIn(line);
    if (this.#format === "auto") {
      this.#format = event !== undefined && FIRST_EVENTS.has(ownField(event, "type")) ? "json" : "text";
    }
    if (this.#format === "text") {
      if (this.#agent === "claude") this.#claude.line(line.text, this.#clock());
      // The Gemini CLI prints its answer as it comes: a success.
      if (this.#agent === "gemini") this.#state.apply({ is: "answered", tools: 0 }, this.#now());
      return;
    }
    if (line.isCut && line.text.startsWith('{"')) this.#state.unreadable(this.#now());
    if (event === undefined) return;
    this.#sessionId ??= sessionIdOf(ownField(event, "thread_id") ?? ownField(event, "session_id"));
    this.#apply(EVENT_READERS[this.#agent](event, this.#clock()));
  }

  #stderr(line: OutputLine): void {
    if (this.#agent === "codex") {
      this.#sessionId ??= sessionIdOf(CODEX_SESSION.exec(line.text)?.[1]);
      this.#codex.line(line.text, this.#clock());
    }
    if (this.#agent === "gemini") this.#apply(this.#gemini.line(line.text, this.#clock()));
  }

  #apply(signs: readonly SessionSign[]): void {
    for (const sign of signs) this.#state.apply(sign, this.#now());
  }

  #clock(): ResetClock {
    return { nowMillis: this.#now(), timeZone: this.#timeZone };
  }
}

function eventIn({ text, isCut }: OutputLine): unknown {
  if (isCut || !text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sessionIdOf(value: unknown): string | undefined {
  return typeof value === "string" && SESSION_ID.test(value) ? value : undefined;
}
