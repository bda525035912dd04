/** Splits a pass expression into words, values and symbols, each with its column. */
import { WatchdogError } from "../errors.ts";

/** One token. */
export interface Token {
  /** A `symbol` is an operator, bracket or keyword; a `word` may be a field or a bare string; a `literal` is only a value. */
  readonly kind: "symbol" | "word" | "literal" | "end";
  /** As written. */
  readonly text: string;
  /** What it stands for where a value is expected; `undefined` where it can not be one. */
  readonly value: string | number | boolean | null | undefined;
  /** 1-based. */
  readonly column: number;
}

const keywords: ReadonlySet<string> = new Set(["and", "or", "not", "in"]);
const literals: ReadonlyMap<string, boolean | null> = new Map([
  ["true", true],
  ["false", false],
  ["null", null],
]);
const pattern =
  /\s*(?:(?<symbol>==|!=|[()[\],])|(?<number>[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.]))|(?<word>[A-Za-z_][\w.-]*)|(?<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'))/y;

/**
 * Splits `text` into tokens, the last of which is the end.
 *
 * @throws {@link WatchdogError} `invalid_expression` for a character that starts no token.
 */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  pattern.lastIndex = 0;
  let offset = 0;
  while (offset < end) {
    pattern.lastIndex = offset;
    const match = pattern.exec(text);
    if (match?.groups === undefined) throw unknownCharacter(text, offset);
    const { symbol, number, word, quoted } = match.groups;
    const raw = symbol ?? number ?? word ?? quoted ?? "";
    const column = pattern.lastIndex - raw.length + 1;
    offset = pattern.lastIndex;
    if (symbol !== undefined) tokens.push({ kind: "symbol", text: raw, value: undefined, column });
    else if (number !== undefined) tokens.push({ kind: "literal", text: raw, value: Number(raw), column });
    else if (quoted !== undefined) {
      tokens.push({ kind: "literal", text: raw, value: raw.slice(1, -1).replaceAll(/\\(.)/gs, "$1"), column });
    } else if (keywords.has(raw)) tokens.push({ kind: "symbol", text: raw, value: undefined, column });
    else if (literals.has(raw)) tokens.push({ kind: "literal", text: raw, value: literals.get(raw), column });
    else tokens.push({ kind: "word", text: raw, value: raw, column });
  }
  tokens.push({ kind: "end", text: "", value: undefined, column: end + 1 });
  return tokens;
}

function unknownCharacter(text: string, offset: number): WatchdogError {
  const column = offset + (/^\s*/.exec(text.slice(offset))?.[0].length ?? 0);
  const found = String.fromCodePoint(text.codePointAt(column) ?? 0);
  const allowed =
    found === '"' || found === "'"
      ? "a string that ends with the same quote"
      : "fields, `==`, `!=`, `in`, `and`, `or`, `not`, parentheses, numbers, words and quoted strings";
  return new WatchdogError(
    "invalid_expression",
    `pass expression, column ${column + 1}: found \`${found}\`, allowed ${allowed}`,
  );
}
