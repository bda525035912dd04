/** Reads what `codex exec` prints for people: one stream on standard error holds its errors, what tools printed and what the model said. */
import { codexFinding } from "./codex-messages.ts";
import type { SessionFinding } from "./finding.ts";
import type { ResetClock } from "./reset-time.ts";

const ERROR = /^(?:\[\d{4}-[^\]]{1,40}\] )?(?:ERROR|Error): (.*)$/s;
/** Behind it come the lines of a tool, and then an empty one. */
const TOOL_OUTPUT = /^ (?:succeeded|exited -?\d+|failed) in [\d.]+m?s:?$/;
const TOKENS_USED = /^(?:\[\d{4}-[^\]]{1,40}\] )?tokens used:?(?: [\d,]+)?$/;
const COUNT = /^[\d,]+$/;

/**
 * Any line can also be one that a tool or the model printed. So an error counts only where nothing but the count of tokens comes after it, and the run
 * then fails: whatever is quoted on the way is followed by something else.
 */
export class CodexText {
  #last: SessionFinding | undefined;
  #isInTool = false;
  #isAfterEmpty = true;
  #isAfterTokens = false;

  line(text: string, clock: ResetClock): void {
    if (text.trim() === "") {
      this.#isAfterEmpty = true;
      return;
    }
    const isAfterEmpty = this.#isAfterEmpty;
    this.#isAfterEmpty = false;
    if (TOKENS_USED.test(text) || (this.#isAfterTokens && COUNT.test(text))) {
      this.#isAfterTokens = true;
      return;
    }
    this.#isAfterTokens = false;
    if (TOOL_OUTPUT.test(text)) this.#isInTool = true;
    const message = ERROR.exec(text)?.[1];
    const isQuoted = this.#isInTool && !isAfterEmpty;
    if (message === undefined || isQuoted) {
      this.#last = undefined;
      return;
    }
    this.#isInTool = false;
    this.#last = codexFinding(message, clock);
  }

  /** What the output ended with; of use only where the run has failed. */
  get last(): SessionFinding | undefined {
    return this.#last;
  }
}
