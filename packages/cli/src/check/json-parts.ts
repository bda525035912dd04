/** Reads parts of a server's answer that may have any shape. */

/** The value at a path of keys; `undefined` where there is none. */
export function partOf(value: unknown, ...keys: readonly string[]): unknown {
  let part = value;
  for (const key of keys) {
    if (typeof part !== "object" || part === null || !Object.hasOwn(part, key)) return undefined;
    part = (part as Record<string, unknown>)[key];
  }
  return part;
}

/** The list at a path of keys; empty where there is none. */
export function listAt(value: unknown, ...keys: readonly string[]): readonly unknown[] {
  const part = partOf(value, ...keys);
  return Array.isArray(part) ? part : [];
}

/** The text at a path of keys; `undefined` where there is none. */
export function textAt(value: unknown, ...keys: readonly string[]): string | undefined {
  const part = partOf(value, ...keys);
  return typeof part === "string" ? part : undefined;
}
