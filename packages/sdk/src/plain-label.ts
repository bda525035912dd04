/** What may become a metric label, a log field or part of an address. */

/** Longest label, in characters. */
export const MAX_LABEL_LENGTH = 128;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

/** Whether `value` is a string of 1 to 128 characters, none of them a control character. */
export function isPlainLabel(value: unknown): boolean {
  if (typeof value !== "string" || value.length === 0 || value.length > MAX_LABEL_LENGTH) return false;
  return !CONTROL_CHARACTER.test(value);
}
