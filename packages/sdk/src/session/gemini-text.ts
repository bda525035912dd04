/** Reads what the Gemini CLI says of itself on standard error, in each of its formats: the answer and the tools' output never stand there. */
import { geminiFinding, geminiReasonFinding } from "./gemini-messages.ts";
import type { ResetClock } from "./reset-time.ts";
import { failed, type SessionSign } from "./session-sign.ts";

const RETRYING = /^Attempt \d+ failed: (.*?)\.? Retrying after (\d+)ms\.\.\.$/;
const RETRYING_STATUS = /^Attempt \d+ failed with status \d{3}\. Retrying with backoff\.\.\. (.*)$/;
const GIVEN_UP = /^Error when talking to Gemini API(?: Full report available at: \S+)? (.*)$/;
const API_ERROR = /^\[API Error: .*\]$/;
const SIGN_IN =
  /^(?:Error: |FatalAuthenticationError: )?(?:Manual authorization is required\b|Please set an Auth method\b|Failed to (?:login|authenticate)\b|.{0,80}\binvalid_grant\b)/;
const REASON = /^ {2}reason: '([A-Z0-9_]+)',$/;
/** The dump of an error is some twenty lines long. */
const DUMP_LINES = 40;

/** Reads line by line. */
export class GeminiText {
  #dumpLines = 0;

  line(text: string, clock: ResetClock): readonly SessionSign[] {
    const retrying = RETRYING.exec(text);
    if (retrying !== null) {
      const finding = geminiFinding(retrying[1] ?? "", clock, false);
      if (finding === undefined) return [];
      const resetsAtMillis = finding.resetsAtMillis ?? clock.nowMillis + Number(retrying[2]);
      return failed({ ...finding, resetsAtMillis });
    }
    const retryingStatus = RETRYING_STATUS.exec(text)?.[1];
    if (retryingStatus !== undefined) return failed(geminiFinding(retryingStatus, clock, false));
    const givenUp = GIVEN_UP.exec(text)?.[1];
    if (givenUp !== undefined) {
      this.#dumpLines = DUMP_LINES;
      return failed(geminiFinding(givenUp, clock, true));
    }
    if (API_ERROR.test(text)) return failed(geminiFinding(text, clock, true));
    if (SIGN_IN.test(text)) return failed({ kind: "token_revoked", evidence: "gemini.login_refused", isFinal: true });
    if (this.#dumpLines === 0) return [];
    this.#dumpLines -= 1;
    const reason = REASON.exec(text)?.[1];
    return reason === undefined ? [] : failed(geminiReasonFinding(reason, true));
  }
}
