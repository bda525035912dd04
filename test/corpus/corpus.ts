/**
 * Reads the corpus of redaction: credentials that must go, look-alikes that must stay.
 *
 * A line of `credentials.jsonl` has a `kind`, what it is `of`, and its `shape`, in which `<alnum:36>` and the like stand for the secret parts. They are made here, from
 * the shape alone: the same in each run, nobody's, and in no file that a scanner of secrets reads. `look-alikes.jsonl` holds whole texts.
 */
import { readFileSync } from "node:fs";

/** One credential in its usual setting. */
export interface CorpusCredential {
  readonly kind: string;
  readonly of: string;
  /** The text, with the secret parts in it. */
  readonly text: string;
  /** The parts of it that nobody may read afterwards. */
  readonly secrets: readonly string[];
}

/** One text that redaction leaves as it is. */
export interface LookAlike {
  readonly of: string;
  readonly text: string;
}

const LOWER = "abcdefghijkmnpqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const DIGITS = "23456789";
const ALPHABETS: Readonly<Record<string, string>> = {
  alnum: LOWER + UPPER + DIGITS,
  lower: LOWER + DIGITS,
  upper: UPPER + DIGITS,
  letters: LOWER + UPPER,
  digits: DIGITS,
  hex: `abcdef${DIGITS}`,
  HEX: `ABCDEF${DIGITS}`,
  base64: `${LOWER}${UPPER}${DIGITS}+/`,
  base64url: `${LOWER}${UPPER}${DIGITS}-_`,
  password: `${LOWER}${UPPER}${DIGITS}!*_.-+~`,
  strong: `${LOWER}${UPPER}${DIGITS}!*#$^()_+-=.?`,
};
const PART = /<(begin|end|[A-Za-z0-9]+):([^<>]+)>/g;

/** The credentials of the corpus. */
export function credentials(): readonly CorpusCredential[] {
  return lines("credentials.jsonl").map(({ kind = "", of = "", shape = "" }) => {
    const secrets: string[] = [];
    const next = generator(shape);
    const text = shape.replaceAll(PART, (whole: string, alphabet: string, argument: string) => {
      if (alphabet === "begin" || alphabet === "end") return `-----${alphabet.toUpperCase()} ${argument}-----`;
      const secret = secretPart(alphabet, Number(argument), next);
      if (secret === undefined) return whole;
      secrets.push(secret);
      return secret;
    });
    return { kind, of, text, secrets };
  });
}

/** The look-alikes of the corpus. */
export function lookAlikes(): readonly LookAlike[] {
  return lines("look-alikes.jsonl").map(({ of = "", text = "" }) => ({ of, text }));
}

function lines(name: string): readonly Readonly<Record<string, string>>[] {
  return readFileSync(new URL(name, import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

function secretPart(alphabet: string, length: number, next: (below: number) => number): string | undefined {
  if (alphabet === "uuid") return [8, 4, 4, 4, 12].map((size) => letters("hex", size, next)).join("-");
  if (alphabet === "userpass") return Buffer.from(`deploy:${letters("alnum", length, next)}`).toString("base64");
  return ALPHABETS[alphabet] === undefined ? undefined : letters(alphabet, length, next);
}

/** The first three are of each kind, so that no part is a word by chance. */
function letters(alphabet: string, length: number, next: (below: number) => number): string {
  const all = ALPHABETS[alphabet] ?? "";
  const of = (set: string): string => {
    const allowed = [...set].filter((letter) => all.includes(letter));
    const from = allowed.length === 0 ? [...all] : allowed;
    return from[next(from.length)] ?? "";
  };
  let text = of(LOWER) + of(DIGITS) + of(UPPER);
  while (text.length < length) text += of(all);
  return text.slice(0, length);
}

/** Numbers that depend on the seed alone (mulberry32). */
function generator(seed: string): (below: number) => number {
  let state = 0x811c9dc5;
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}
