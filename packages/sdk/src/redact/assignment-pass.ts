/** Replaces values behind names that hold a credential: `password=…`, `"api_key": "…"`, `FOO_TOKEN=…`, `?sig=…`, `--password …`, `<secret>…`. */
import { type Hit, placeholderLength, withoutPlaceholders } from "./placeholder.ts";
import { type SensitiveName, sensitiveName, sensitiveParameter } from "./sensitive-name.ts";
import { endOfValue } from "./value-end.ts";
import { isCredentialValue } from "./value-verdict.ts";

/** What stands between a name and its value. A comma does so between quotes; a space, behind an option and in a .netrc file. */
const SEPARATOR =
  /[:=>]|(?<=["']),(?=\s{0,4}\\{0,7}["'])|(?<=(?:^|[\s"'])--?[A-Za-z][\w-]{1,40}) (?=[^\s-])|(?<=\bpassword)\s(?=\S)/g;
const MAX_NAME_LENGTH = 96;
const NAME = /[\w.$@-]/;
/** Words that the one before them makes exact: an API key, an access token. */
const NEEDS_ANOTHER = /^(?:key|token|secret)$/i;
/** The name in `name: DB_PASSWORD, value: …`, up to the word `value`. */
const NAMED_VALUE =
  /\b(?:name|key)\\{0,3}["']?\s{0,4}[:=]\s{0,4}\\{0,3}["']?([\w.-]{3,96})\\{0,3}["']?(?:[,;\s]|\\[nrt]){1,64}\\{0,3}["']?$/i;
const NAMED_VALUE_REACH = 240;
/** An element's name, and attributes, up to its `>`. */
const ELEMENT = /<([\w.:-]{3,96})(?:\s[^<>]{0,100})?$/;
const NETRC = /\b(?:machine|login|default)\s/;

/** The text without them; the names stay. */
export function replaceAssignments(text: string, hit: Hit): string {
  let clean = "";
  let kept = 0;
  SEPARATOR.lastIndex = 0;
  for (let match = SEPARATOR.exec(text); match !== null; match = SEPARATOR.exec(text)) {
    const separator = match[0];
    const name = nameBefore(text, match.index, separator);
    if (name === undefined) continue;
    const resume = SEPARATOR.lastIndex;
    const value = endOfValue(text, valueStart(text, resume), separator === ">");
    const said = text.slice(value.start, value.end);
    const isPlain = value.isQuoted || separator !== ":";
    if (said.startsWith("//") || !isCredentialValue(said, name.rule, { isPlain, isFollowed: value.isFollowed }))
      continue;
    clean += text.slice(kept, value.start) + replacementOf(said, () => hit(name.kind));
    kept = value.end;
    SEPARATOR.lastIndex = Math.max(value.end, resume);
  }
  return kept === 0 ? text : clean + text.slice(kept);
}

/** Where an earlier pass has found a credential in the value, that one is counted, and the rest of the value goes with it. */
function replacementOf(said: string, hit: () => string): string {
  if (withoutPlaceholders(said) === said) return hit();
  for (let at = said.indexOf("["); at !== -1; at = said.indexOf("[", at + 1)) {
    const length = placeholderLength(said, at);
    if (length > 0) return said.slice(at, at + length);
  }
  return hit();
}

/** Behind `=>`, `:=` and `==`, and spaces. */
function valueStart(text: string, from: number): number {
  let at = from;
  while (text[at] === "=" || (text[at] === ">" && text[at - 1] === "=")) at += 1;
  while (text[at] === " " || text[at] === "\t") at += 1;
  return at;
}

/** What the name before a separator says of the value behind it. */
function nameBefore(text: string, separatorAt: number, separator: string): SensitiveName | undefined {
  let end = separatorAt;
  for (let spaces = 0; spaces < 4 && (text[end - 1] === " " || text[end - 1] === "\t"); spaces += 1) end -= 1;
  if (/["'`]/.test(text[end - 1] ?? "")) {
    end -= 1;
    for (let slashes = 0; slashes < 7 && text[end - 1] === "\\"; slashes += 1) end -= 1;
  }
  if (separator === ">") {
    const name = ELEMENT.exec(text.slice(Math.max(0, separatorAt - NAMED_VALUE_REACH), separatorAt))?.[1];
    return name === undefined ? undefined : sensitiveName(name);
  }
  let start = nameStart(text, end);
  if (start === undefined || start === end) return undefined;
  if (/\s/.test(separator) && text[start - 1] !== "-" && text[start] !== "-" && !isNetrc(text, start)) return undefined;
  if (separator === ",") return inList(text, start, end);
  let before = text[start - 1];
  // Escapes: `\u0026key=` is a parameter, and in `\npassword=` the n is none of the name's.
  if (before === "\\") {
    const escaped = /^u[0-9a-fA-F]{4}|^[nrtbfv0]/.exec(text.slice(start, start + 5))?.[0] ?? "";
    start += escaped.length;
    before = escaped === "u0026" ? "&" : before;
  }
  const name = text.slice(start, end);
  if (name.toLowerCase() === "value") {
    const named = NAMED_VALUE.exec(text.slice(Math.max(0, start - NAMED_VALUE_REACH), start))?.[1];
    return named === undefined ? undefined : sensitiveName(named);
  }
  if (separator === "=" && (before === "?" || before === "&") && !name.startsWith(".")) return sensitiveParameter(name);
  if (NEEDS_ANOTHER.test(name) && before === " ") {
    const start2 = nameStart(text, start - 1);
    const found = start2 === undefined ? undefined : sensitiveName(text.slice(start2, end));
    if (found !== undefined) return found;
  }
  return sensitiveName(name);
}

/** `setHeader("X-Api-Key", "…")`, `["X-Api-Key", "…"]`: in a list, which may be one of names alone, the value has to look like one. */
function inList(text: string, start: number, end: number): SensitiveName | undefined {
  const [, around] = /([([,])\s?\\{0,3}["']$/.exec(text.slice(Math.max(0, start - 8), start)) ?? [];
  const found = around === undefined ? undefined : sensitiveName(text.slice(start, end));
  return found === undefined || around === "(" ? found : { ...found, rule: "token" };
}

/** Where the name that ends at `end` begins; undefined where it is too long for one. */
function nameStart(text: string, end: number): number | undefined {
  let start = end;
  while (start > 0 && end - start <= MAX_NAME_LENGTH && NAME.test(text[start - 1] ?? "")) start -= 1;
  return end - start > MAX_NAME_LENGTH ? undefined : start;
}

function isNetrc(text: string, nameAt: number): boolean {
  return NETRC.test(text.slice(Math.max(0, nameAt - NAMED_VALUE_REACH), nameAt));
}
