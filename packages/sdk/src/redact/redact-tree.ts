/** Takes credentials out of attributes, records and any other tree of plain values. */
import type { CredentialKind } from "../semconv/index.ts";
import { placeholder, placeholderLength } from "./placeholder.ts";
import { redact } from "./redact.ts";
import { type SensitiveName, sensitiveName } from "./sensitive-name.ts";
import { isCredentialValue } from "./value-verdict.ts";

/** Deepest level that is read; what lies deeper is left out. */
export const MAX_TREE_DEPTH = 16;
/** Most values of a tree that are read; the rest is left out. */
export const MAX_TREE_VALUES = 10_000;
/** What stands where something was left out, or could not be read. */
const LEFT_OUT = "[left out]";
const UNREADABLE = "[unreadable]";

/** A value that can be written as JSON. */
export type PlainValue =
  | null
  | boolean
  | number
  | string
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue };

/** A tree without its credentials. */
export interface RedactedTree {
  /** A copy, of plain values alone. */
  readonly value: PlainValue;
  /** The kind of each credential that was taken out; empty for a tree that had none. */
  readonly hits: readonly CredentialKind[];
}

/**
 * A copy of a tree with every credential replaced by `[redacted:<kind>]`: those that {@link redact} finds in its strings and keys, and whatever stands
 * under a key that holds one, such as `authorization`, `password`, `api_key` or `clientSecret`.
 *
 * Keys are judged by how they end, so that `input_token_count`, `token_type`, `cached_tokens` and `token_present` stay. It never throws: a getter that does, a
 * circle, what lies deeper than 16 levels or behind 10,000 values is left out and says so; what JSON can not say is dropped.
 *
 * @example
 * ```ts
 * redactTree({ user: "ci", password: "hunter22" }); // { value: { user: "ci", password: "[redacted:password]" }, hits: ["password"] }
 * ```
 */
export function redactTree(value: unknown): RedactedTree {
  const hits: CredentialKind[] = [];
  const reader = new TreeReader(hits);
  return { value: reader.read(value, undefined, 0) ?? null, hits };
}

class TreeReader {
  readonly #hits: CredentialKind[];
  #left = MAX_TREE_VALUES;

  constructor(hits: CredentialKind[]) {
    this.#hits = hits;
  }

  /** The value without its credentials; undefined for what JSON can not say. */
  read(value: unknown, name: SensitiveName | undefined, depth: number): PlainValue | undefined {
    this.#left -= 1;
    if (this.#left < 0) return LEFT_OUT;
    switch (typeof value) {
      case "string":
        return this.#string(value, name);
      case "number":
        // A password of digits alone; a token of a few digits is a count.
        if (name?.rule === "any") return this.#hit(name.kind);
        return Number.isFinite(value) ? value : String(value);
      case "bigint":
        return this.#string(String(value), name);
      case "boolean":
        return value;
      case "object":
        if (value === null) return null;
        return depth >= MAX_TREE_DEPTH ? LEFT_OUT : this.#branch(value, name, depth);
      default:
        return undefined;
    }
  }

  #string(text: string, name: SensitiveName | undefined): string {
    if (name !== undefined && isUnder(name, text)) return this.#hit(name.kind);
    const clean = redact(text);
    this.#hits.push(...clean.hits);
    return clean.text;
  }

  #branch(value: object, name: SensitiveName | undefined, depth: number): PlainValue {
    try {
      if (Array.isArray(value)) return this.#list(value, name, depth);
      const copy: Record<string, PlainValue> = {};
      const named = namedValue(value);
      for (const key of Object.keys(value)) {
        if (this.#left <= 0) break;
        const under =
          (key === "value" ? named : undefined) ?? sensitiveName(key) ?? (name?.rule === "header" ? name : undefined);
        const read = this.read(field(value, key), under, depth + 1);
        // Not by assignment: `__proto__` is a key like any other here.
        if (read !== undefined)
          Object.defineProperty(copy, this.#string(key, undefined), {
            value: read,
            enumerable: true,
            configurable: true,
            writable: true,
          });
      }
      return copy;
    } catch {
      return UNREADABLE;
    }
  }

  #list(list: readonly unknown[], name: SensitiveName | undefined, depth: number): PlainValue {
    const copy: PlainValue[] = [];
    for (let at = 0; at < list.length && this.#left > 0; at += 1)
      copy.push(this.read(list[at], name, depth + 1) ?? null);
    return copy;
  }

  #hit(kind: CredentialKind): string {
    this.#hits.push(kind);
    return placeholder(kind);
  }
}

/** `{ name: "DB_PASSWORD", value: "…" }`: what its `value` is, its `name` says. */
function namedValue(value: object): SensitiveName | undefined {
  const name = field(value, "name") ?? field(value, "key");
  return typeof name === "string" ? sensitiveName(name) : undefined;
}

/** Under a header's name any text counts; elsewhere a text has to be what the name promises. */
function isUnder(name: SensitiveName, text: string): boolean {
  if (text === "" || placeholderLength(text, 0) === text.length) return false;
  if (name.rule !== "header") return isCredentialValue(text, name.rule, { isPlain: true, isFollowed: false });
  return !/^(?:\w+ )?\[redacted:[a-z_]+\]$/.test(text);
}

function field(value: object, key: string): unknown {
  try {
    return Object.hasOwn(value, key) ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
  } catch {
    return UNREADABLE;
  }
}
