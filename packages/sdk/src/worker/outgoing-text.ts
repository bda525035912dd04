/** Takes credentials out of whatever leaves the library, at the cost of one look-up for text that has gone out before (R12). */
import { redact, redactTree } from "../redact/index.ts";
import type { CredentialKind, RedactionPlace } from "../semconv/index.ts";

/** Texts that are remembered; what a worker says are the same few ids, names and codes again and again. */
const MAX_REMEMBERED = 1_024;
/** Longer ones are read each time. */
const MAX_REMEMBERED_LENGTH = 512;

/** A flat set of named values: a record's fields, an event's data, a span's attributes. */
type Fields = Readonly<Record<string, unknown>>;

/** What one worker says. A text is remembered in memory alone, with what went out in its place: its credentials are counted once. */
export class OutgoingText {
  readonly #found: (kind: CredentialKind, place: RedactionPlace) => void;
  readonly #remembered = new Map<string, string>();

  constructor(found: (kind: CredentialKind, place: RedactionPlace) => void = () => {}) {
    this.#found = found;
  }

  /** The text without its credentials; those of a text that is new are told. */
  text(text: string, place: RedactionPlace): string {
    const known = this.#remembered.get(text);
    if (known !== undefined) return known;
    const { text: clean, hits } = redact(text);
    if (text.length <= MAX_REMEMBERED_LENGTH) {
      if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
      this.#remembered.set(text, clean);
    }
    for (const kind of hits) this.#found(kind, place);
    return clean;
  }

  /** The fields without their credentials: the same object where there were none. */
  fields<T extends Fields>(fields: T, place: RedactionPlace): T {
    let clean: Record<string, unknown> | undefined;
    for (const key in fields) {
      const value = fields[key];
      const name = this.text(key, place);
      const said = this.#said(key, value, place);
      if (said === value && name === key) continue;
      clean ??= { ...fields };
      delete clean[key];
      clean[name] = said;
    }
    return (clean as T | undefined) ?? fields;
  }

  #said(key: string, value: unknown, place: RedactionPlace): unknown {
    // What a name says of its value counts as well: the facts of a queue have names that are not ours.
    if (typeof value === "object" || NAMES_A_CREDENTIAL.test(key)) return this.#tree(key, value, place);
    return typeof value === "string" ? this.text(value, place) : value;
  }

  #tree(key: string, value: unknown, place: RedactionPlace): unknown {
    if (value === null) return null;
    const tree = redactTree({ [key]: value });
    for (const kind of tree.hits) this.#found(kind, place);
    return tree.hits.length === 0 ? value : Object.values(tree.value as Fields)[0];
  }
}

/** How the names of credentials end; the table itself is asked only then. */
const NAMES_A_CREDENTIAL =
  /(?:pass\w{0,7}|pwd|secret\w{0,7}|key|data|token|authorization|cookies?|credentials?|sess\w{0,4}|signature|auth|csrf|xsrf)\d?$/i;
