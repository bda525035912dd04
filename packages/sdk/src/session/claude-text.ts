/** Reads what `claude -p` prints for people: on standard output, nothing but the final answer, or the error in its place. */
import { claudeFinding } from "./claude-messages.ts";
import type { SessionFinding } from "./finding.ts";
import type { ResetClock } from "./reset-time.ts";

/** An error is a line or two; an answer that begins like one goes on. */
const MAX_ERROR_LINES = 3;

/** The output counts as an error only where it is short, begins with one, and the run then fails. */
export class ClaudeText {
  #lines = 0;
  #first: SessionFinding | undefined;

  line(text: string, clock: ResetClock): void {
    if (text.trim() === "") return;
    this.#lines += 1;
    if (this.#lines === 1) this.#first = claudeFinding(text, clock);
  }

  /** What the output was; of use only where the run has failed. */
  get last(): SessionFinding | undefined {
    return this.#lines <= MAX_ERROR_LINES ? this.#first : undefined;
  }
}
