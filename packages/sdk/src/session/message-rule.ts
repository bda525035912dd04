/** Tables of the sentences that agents say: each is anchored where the sentence begins, so that a sentence which only quotes it does not match. */
import type { SessionFinding, TroubleKind } from "./finding.ts";
import { type ResetClock, resetTimeIn } from "./reset-time.ts";

/** One sentence and what it means. */
export interface MessageRule {
  readonly pattern: RegExp;
  readonly kind: TroubleKind;
  /** Code of the evidence. */
  readonly evidence: string;
}

/** Longest part of a message that is looked at. */
export const MAX_MESSAGE_LENGTH = 4_096;

/** What the first rule that matches says, with the reset time that the message states; undefined where none matches. */
export function findingOf(
  message: string,
  rules: readonly MessageRule[],
  clock: ResetClock,
  isFinal: boolean,
): SessionFinding | undefined {
  const text = plainApostrophes(message.slice(0, MAX_MESSAGE_LENGTH)).trim();
  const rule = rules.find(({ pattern }) => pattern.test(text));
  if (rule === undefined) return undefined;
  const resetsAtMillis = resetTimeIn(text, clock);
  return {
    kind: rule.kind,
    evidence: rule.evidence,
    isFinal,
    ...(resetsAtMillis === undefined ? {} : { resetsAtMillis }),
  };
}

/** Typographic apostrophes as plain ones: agents use both, by release. */
export function plainApostrophes(text: string): string {
  return text.replaceAll("\u2019", "'");
}
