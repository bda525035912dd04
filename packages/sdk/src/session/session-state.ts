/** Where a session stands, after each sign: what failed and was not followed by a success, and since when an answer is awaited. */
import { isLimit, isSessionClass, type SessionFinding } from "./finding.ts";
import type { SessionSign } from "./session-sign.ts";

/** The state of one session. */
export class SessionState {
  /** The failure that no success has followed. */
  open: SessionFinding | undefined;
  /** When the model last answered, in unix milliseconds; undefined where it never has. */
  answeredAtMillis: number | undefined;
  /** Since when the model's next word is awaited; undefined while a tool runs, or nothing was asked. */
  awaitedSinceMillis: number | undefined;
  #tools = 0;

  apply(sign: SessionSign, nowMillis: number): void {
    switch (sign.is) {
      case "asked":
        this.awaitedSinceMillis ??= nowMillis;
        return;
      case "answered":
        this.open = undefined;
        this.answeredAtMillis = nowMillis;
        this.#tools += sign.tools;
        this.awaitedSinceMillis = this.#tools > 0 ? undefined : nowMillis;
        return;
      case "tools_ended":
        this.#tools = Math.max(0, this.#tools - sign.tools);
        if (this.#tools === 0) this.awaitedSinceMillis = nowMillis;
        return;
      case "turn_ended":
        this.#tools = 0;
        this.awaitedSinceMillis = undefined;
        return;
      case "failed":
        this.open = joined(this.open, sign.finding);
    }
  }

  /** An event that is too long to be read is the model's or a tool's: an error never is. */
  unreadable(nowMillis: number): void {
    this.#tools = 0;
    this.apply({ is: "answered", tools: 0 }, nowMillis);
  }
}

/** The newer failure, unless it knows less of the same one: agents tell one failure several times, in words and in codes. */
function joined(open: SessionFinding | undefined, found: SessionFinding): SessionFinding {
  if (open === undefined) return found;
  const knowsLess =
    (found.kind === "other" && isSessionClass(open.kind)) || (found.kind === "limit_unknown" && isLimit(open.kind));
  if (knowsLess) return { ...open, isFinal: open.isFinal || found.isFinal };
  if (found.kind !== open.kind) return found;
  const resetsAtMillis = joinedReset(open.resetsAtMillis, found.resetsAtMillis);
  return {
    ...found,
    isFinal: open.isFinal || found.isFinal,
    ...(resetsAtMillis === undefined ? {} : { resetsAtMillis }),
  };
}

/** The newer of two resets; of one told twice, the exact one: words cut it off to the minute. */
function joinedReset(open: number | undefined, found: number | undefined): number | undefined {
  if (open === undefined || found === undefined) return found ?? open;
  return Math.abs(open - found) < 60_000 ? Math.max(open, found) : found;
}
