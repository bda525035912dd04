/** Whether the value behind a sensitive name is a credential, or a word about one. */
import { placeholderLength } from "./placeholder.ts";
import type { ValueRule } from "./sensitive-name.ts";

/** How the value stands in the text. */
export interface ValueSetting {
  /** In quotes, or behind `=`: a value, and not the next word of a sentence. */
  readonly isPlain: boolean;
  /** Another word follows it. */
  readonly isFollowed: boolean;
}

/** Looked at of a value at most; longer ones are no words. */
const LONGEST_WORD = 64;

/** What stands where a value will be, or was: `${NAME}`, `{{ name }}`, `<name>`, `%NAME%`, `***`, `xxxx`, `[REDACTED]`. */
const STAND_IN =
  /^(?:\$\{[^{}]*\}|\$\([^()]*\)|\$[A-Z_][A-Z0-9_]*|\{\{[^{}]*\}\}|<[^<>]*>|%[A-Z_][A-Z0-9_]*%|[*•.]{3,}|[xX]{4,}|\[[A-Za-z _-]*\]|\*{0,3}(?:redacted|masked|hidden|filtered|removed)\*{0,3}|(?:process\.env|os\.environ|env|secrets|vars)\b[.[:(].*)$/i;
/** Words that say something of a credential, and are none. */
const WORDS: ReadonlySet<string> = new Set(
  (
    "null nil none undefined true false yes no on off empty unset set missing required optional invalid incorrect wrong expired revoked rejected " +
    "denied changed reset unknown not is was must should has string number boolean object hidden default prompt required! ok failed present absent " +
    "valid too and or the a an for from in env file vault secret password token authentication authorization needed given bearer basic function await async new"
  ).split(" "),
);

/** The verdict. */
export function isCredentialValue(value: string, rule: ValueRule, setting: ValueSetting): boolean {
  if (value.length > LONGEST_WORD) return placeholderLength(value, 0) !== value.length;
  if (value === "" || placeholderLength(value, 0) === value.length || STAND_IN.test(value)) return false;
  const word = value.replace(/[.,;:!?)\]}]+$/, "");
  if (WORDS.has(word.toLowerCase())) return false;
  switch (rule) {
    case "any":
      return setting.isPlain || !isSentence(word, setting);
    case "word":
      if (value.length < 6 || /^[a-z]+(?:_[a-z]+)+$/.test(word)) return false;
      return setting.isPlain || !isSentence(word, setting);
    case "token":
      return looksRandom(value);
    case "no_path":
      return !/^(?:~?\/|\.{1,2}[/\\]|[A-Za-z]:[/\\])/.test(value) && (setting.isPlain || !isSentence(word, setting));
    case "header":
      return false;
  }
}

function isSentence(word: string, { isFollowed }: ValueSetting): boolean {
  return isFollowed && /^[A-Za-z]?[a-z'-]*$/.test(word);
}

/** Long enough, and not made of words: letters and digits, or letters of both kinds through one another. */
function looksRandom(value: string): boolean {
  if (value.length < 8 || /^[\d.,:+-]+$/.test(value)) return false;
  if (/^[a-z]+\d?(?:[_-][a-z]+\d?)*$|^[A-Z]+(?:[_-][A-Z0-9]+)*$/.test(value))
    return value.length >= 32 && !/[_-]/.test(value);
  return /\d/.test(value) || (value.length >= 16 && /[a-z][A-Z]/.test(value));
}
