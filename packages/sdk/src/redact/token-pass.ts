/** Replaces credentials that are told by their looks alone. */
import type { Hit } from "./placeholder.ts";
import { OPEN_SHAPES, TOKEN_SHAPES } from "./token-shapes.ts";

/**
 * Where a token may begin: not within a word. The last letters of an escape (`\n`, `%3D`, `\u003d`) and of a terminal's colour (`ESC[31m`) are no word.
 */
const TOKEN_START =
  "(?:(?<![A-Za-z0-9])|(?<=\\\\[nrtbfv0])|(?<=%[0-9A-Fa-f]{2})|(?<=\\\\u[0-9A-Fa-f]{4})|(?<=\\[[0-9;]{0,8}m))";

/** The text, as the source of a regular expression. */
export function literally(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}

const WITH_PREFIX = new RegExp(
  TOKEN_START + alternatives(TOKEN_SHAPES.map(({ starts, rest }) => `(?:${starts.map(literally).join("|")})${rest}`)),
  "g",
);
const OPEN = OPEN_SHAPES.map(({ kind, source }) => ({ kind, all: new RegExp(source, "g") }));

/** One group for each alternative. */
function alternatives(sources: readonly string[]): string {
  return `(?:${sources.map((source) => `(${source})`).join("|")})`;
}

/** The text without them. */
export function replaceTokens(text: string, hit: Hit): string {
  let clean = text.replace(WITH_PREFIX, (token, ...groups) => {
    const shape = TOKEN_SHAPES[groups.findIndex((group) => group !== undefined)];
    if (shape === undefined || shape.accepts?.(token) === false) return token;
    return hit(shape.kind);
  });
  for (const { kind, all } of OPEN) clean = clean.replace(all, () => hit(kind));
  return clean;
}
