/** Takes credentials out of text. Every string that leaves the library goes through here (R12). */
import type { CredentialKind } from "../semconv/index.ts";
import { replaceAddresses } from "./address-pass.ts";
import { replaceAssignments } from "./assignment-pass.ts";
import { replaceArguments } from "./command-pass.ts";
import { replaceHeaders } from "./header-pass.ts";
import { mayHoldCredential } from "./may-hold-credential.ts";
import { replaceEncoded } from "./percent-encoded.ts";
import { type Hit, placeholder } from "./placeholder.ts";
import { replacePrivateKeys } from "./private-key-pass.ts";
import { replaceInProse } from "./prose-pass.ts";
import { replaceTokens } from "./token-pass.ts";

/** Longest text that is read, in UTF-16 code units; the rest is left out. */
export const MAX_REDACT_LENGTH = 1_048_576;
/** Longest credential that a cut may go through: so much is left out before it, unless a space comes first. */
const CUT_REACH = 4_096;
/** What stands where the rest of a longer text was. */
const CUT = " [… cut]";
/** What a pass leaves may be a credential to an earlier one, such as a token that was glued to another. */
const MAX_ROUNDS = 8;
/** Text may be percent-encoded, and that once more. */
const MAX_ENCODINGS = 2;

/** Text without its credentials. */
export interface RedactedText {
  /** The text, with `[redacted:<kind>]` where each credential stood. */
  readonly text: string;
  /** The kind of each credential that was taken out, in the order in which they were found; empty for text that is as it was. */
  readonly hits: readonly CredentialKind[];
}

const NO_HITS: readonly CredentialKind[] = Object.freeze([]);

/**
 * The text with every credential replaced by `[redacted:<kind>]`.
 *
 * What counts, and what does not, stands in docs/concepts/secrets.md. It never throws, and takes time in proportion to the text's length. Text above
 * 1,048,576 UTF-16 code units is cut there, and says so. Redacting twice changes and counts nothing more. A value that is no string is read as one.
 *
 * @example
 * ```ts
 * redact("GET https://ci:hunter22@example.com/ failed"); // { text: "GET https://[redacted:url_credentials]@example.com/ failed", hits: ["url_credentials"] }
 * ```
 */
export function redact(text: string): RedactedText {
  const whole = typeof text === "string" ? text : textOf(text);
  const bounded = whole.length > MAX_REDACT_LENGTH ? cut(whole) : whole;
  if (!mayHoldCredential(bounded)) return { text: bounded, hits: NO_HITS };
  const hits: CredentialKind[] = [];
  let clean = bounded;
  let before = "";
  for (let round = 0; round < MAX_ROUNDS && clean !== before; round += 1) {
    before = clean;
    clean = passes(before, hits, MAX_ENCODINGS);
  }
  return { text: clean, hits: hits.length === 0 ? NO_HITS : hits };
}

function passes(text: string, hits: CredentialKind[], encodings: number): string {
  const hit: Hit = (kind) => {
    hits.push(kind);
    return placeholder(kind);
  };
  let clean = replacePrivateKeys(text, hit);
  if (encodings > 0)
    clean = replaceEncoded(clean, (decoded) =>
      mayHoldCredential(decoded) ? passes(decoded, hits, encodings - 1) : decoded,
    );
  clean = replaceTokens(clean, hit);
  clean = replaceAddresses(clean, hit);
  clean = replaceHeaders(clean, hit);
  clean = replaceAssignments(clean, hit);
  clean = replaceArguments(clean, hit);
  return replaceInProse(clean, hit);
}

/** A credential that a cut goes through is not told any more: the word at the cut is left out with the rest. */
function cut(text: string): string {
  const end = MAX_REDACT_LENGTH - CUT.length;
  const space = text.slice(end - CUT_REACH, end).search(/\s\S*$/);
  return text.slice(0, end - CUT_REACH + Math.max(0, space)) + CUT;
}

function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return "[unreadable]";
  }
}
