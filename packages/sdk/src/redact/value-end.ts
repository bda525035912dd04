/** Where a value ends: at its closing quote, at the next element, or where a bare word does. */
import { placeholderLength } from "./placeholder.ts";

/** Where a value stands. */
export interface ValueSpan {
  readonly start: number;
  readonly end: number;
  readonly isQuoted: boolean;
  /** Another word follows on the same line. */
  readonly isFollowed: boolean;
}

const OPENING = /(\\{0,7})(["'`])/y;
const BLOCK = /[|>][+-]?\r?\n[ \t]*/y;
const NEXT_NAME = /[,;&][ \t]{0,4}\\{0,3}["']?[\w.-]{1,64}\\{0,3}["']?[ \t]{0,4}[:=]/y;
/** Stands in for a value: brackets and all. */
const STAND_IN = /\$\{[^{}\s]{0,64}\}|\$?\{\{[^{}\n]{0,64}\}\}|\[[A-Za-z _-]{0,32}\]/y;
const BARE_END = /[\s"'`<>|]/;
const CLOSING = /[)}\]]/;
const WORD_BEHIND = /[ \t][A-Za-z]/y;

/** The value that begins at `from`; each of its characters is looked at once. */
export function endOfValue(text: string, from: number, isElement: boolean): ValueSpan {
  if (isElement) {
    // Without the element's end it is none: `--password <password>`.
    const end = text.indexOf("<", from);
    const isElementsEnd = end !== -1 && /[/\\]/.test(text[end + 1] ?? "");
    return { start: from, end: isElementsEnd ? end : from, isQuoted: true, isFollowed: false };
  }
  OPENING.lastIndex = from;
  const opening = OPENING.exec(text);
  if (opening !== null) {
    const [whole, slashes = "", quote = ""] = opening;
    const start = from + whole.length;
    return { start, end: closingQuote(text, start, quote, slashes.length), isQuoted: true, isFollowed: false };
  }
  BLOCK.lastIndex = from;
  const start = BLOCK.test(text) ? BLOCK.lastIndex : from;
  STAND_IN.lastIndex = start;
  const end = STAND_IN.test(text) ? STAND_IN.lastIndex : bareEnd(text, start);
  WORD_BEHIND.lastIndex = end;
  return { start, end, isQuoted: start !== from, isFollowed: WORD_BEHIND.test(text) };
}

/**
 * The quote that closes one opened behind `depth` backslashes. Fewer backslashes close a quote further out, which ends this one as well; more are an
 * escape within it. A line's end closes what nothing else does.
 */
function closingQuote(text: string, start: number, quote: string, depth: number): number {
  let slashes = 0;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (character === "\\") {
      slashes += 1;
      continue;
    }
    if (character === "\n" || character === "\r") return at;
    if (character === quote && (slashes <= depth || (depth === 0 && slashes % 2 === 0)))
      return at - Math.min(slashes, depth);
    slashes = 0;
  }
  return text.length;
}

function bareEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const skip = placeholderLength(text, at);
    if (skip > 0) {
      at += skip;
      continue;
    }
    const character = text[at] ?? "";
    if (BARE_END.test(character)) return at;
    // Escaped: a quote or the end of a line, seen from within a string.
    if (character === "\\" && /[nrt"'`\\]/.test(text[at + 1] ?? "n")) return at;
    if (character === "," || character === ";" || character === "&") {
      const next = text[at + 1];
      if (next === undefined || /[\s"'\\]/.test(next)) return at;
      NEXT_NAME.lastIndex = at;
      if (NEXT_NAME.test(text)) return at;
    }
    // A bracket closes what stands around the value, unless the value goes on behind it.
    if (CLOSING.test(character) && !/[\w=+/-]/.test(text[at + 1] ?? "")) return at;
    at += 1;
  }
  return at;
}
