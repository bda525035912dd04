/** Reads JSON that may have been damaged where it was stored (R7.4): what can not be read is as if it were not there. */
import type { JsonValue } from "@worker-watchdog/sdk";

/** The value that `text` holds; undefined where that is not JSON. */
export function storedValue(text: unknown): JsonValue | undefined {
  if (typeof text !== "string") return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** The object that `text` holds; an empty one where that is not a JSON object. */
export function storedObject(text: unknown): Readonly<Record<string, JsonValue>> {
  const value = storedValue(text);
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, JsonValue>)
    : {};
}
