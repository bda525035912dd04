/** What stands where a credential stood. */
import { CREDENTIAL_KINDS, type CredentialKind } from "../semconv/index.ts";

const START = "[redacted:";
const KINDS: ReadonlySet<string> = new Set(CREDENTIAL_KINDS);
const ALL = /\[redacted:([a-z_]{1,40})\]/g;

/** The text that replaces a credential, such as `[redacted:password]`. */
export function placeholder(kind: CredentialKind): string {
  return `${START}${kind}]`;
}

/** Length of the placeholder that begins at `index`; 0 where none does. */
export function placeholderLength(text: string, index: number): number {
  if (!text.startsWith(START, index)) return 0;
  const end = text.indexOf("]", index);
  return end !== -1 && KINDS.has(text.slice(index + START.length, end)) ? end + 1 - index : 0;
}

/** The text with every placeholder left out. */
export function withoutPlaceholders(text: string): string {
  return text.includes(START) ? text.replace(ALL, (whole, kind: string) => (KINDS.has(kind) ? "" : whole)) : text;
}

/** What a pass does with what it found: counts it and gives the text that replaces it. */
export type Hit = (kind: CredentialKind) => string;
