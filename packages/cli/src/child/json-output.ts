/** The JSON object that a command printed: its whole output, or the last complete object in it. Hostile output is a reason, never a crash. */
import { stripVTControlCharacters } from "node:util";
import { scanJsonObject } from "./json-object-end.ts";

/** At most so much of a command's output is searched, from its end: what an HTTP answer of the job service may hold as well. */
export const MAX_JSON_BYTES: number = 1_048_576;

/** Why an output holds no usable JSON object. */
export type NoJsonReason = "no_output" | "not_json" | "not_an_object" | "not_utf8" | "too_large" | "hostile_key";

/** What was found. */
export type JsonOutput =
  | { readonly object: Readonly<Record<string, unknown>> }
  | { readonly object?: undefined; readonly reason: NoJsonReason };

/**
 * Reads the JSON object of an output. The whole output is tried first, then every object that begins on a line of its own (colours and a byte
 * order mark aside); the last complete one counts. An object that has a key `__proto__` anywhere is none.
 *
 * @param tail The last {@link MAX_JSON_BYTES} of the output, or all of it.
 * @param totalBytes Length of the whole output.
 */
export function jsonOutput(tail: Buffer, totalBytes: number): JsonOutput {
  if (totalBytes === 0) return { reason: "no_output" };
  const isWhole = totalBytes <= tail.length;
  const bytes = isWhole ? tail : withoutHalfCharacter(tail);
  const strict = decoded(bytes);
  const text = (strict ?? new TextDecoder().decode(bytes)).replace(/^\uFEFF/, "");
  if (text.trim() === "") return { reason: isWhole ? "no_output" : "not_json" };
  const found = (isWhole ? parsed(text) : undefined) ?? lastObject(text) ?? lastObject(stripVTControlCharacters(text));
  if (found === undefined) {
    if (strict === undefined) return { reason: "not_utf8" };
    return { reason: isWhole ? "not_json" : "too_large" };
  }
  const { value } = found;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { reason: "not_an_object" };
  const problem = problemInside(value, strict === undefined);
  return problem === undefined ? { object: value as Readonly<Record<string, unknown>> } : { reason: problem };
}

function decoded(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** A cut may fall into a character: its continuation bytes are left out. */
function withoutHalfCharacter(bytes: Buffer): Buffer {
  let start = 0;
  while (start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.subarray(start);
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** The last complete object that begins on a line of its own. */
function lastObject(text: string): { readonly value: unknown } | undefined {
  const start = /^[ \t]*\{/gm;
  // Output that opens an object on each line and closes none would cost its length squared.
  let budget = 4 * MAX_JSON_BYTES;
  let last: { readonly value: unknown } | undefined;
  for (let match = start.exec(text); match !== null && budget > 0; match = start.exec(text)) {
    const brace = match.index + match[0].length - 1;
    const { end, reached } = scanJsonObject(text, brace);
    budget -= reached - brace + 1;
    if (end === undefined) continue;
    last = parsed(text.slice(brace, end)) ?? last;
    start.lastIndex = end;
  }
  return last;
}

/** Walks without recursion: depth is the output's to choose. */
function problemInside(value: object, hasBrokenText: boolean): "hostile_key" | "not_utf8" | undefined {
  const left: object[] = [value];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    for (const [key, child] of Object.entries(next)) {
      if (key === "__proto__") return "hostile_key";
      if (hasBrokenText && (key.includes("\uFFFD") || (typeof child === "string" && child.includes("\uFFFD")))) {
        return "not_utf8";
      }
      if (typeof child === "object" && child !== null) left.push(child);
    }
  }
  return undefined;
}
