/** Reads fields of values that somebody else made: own properties alone, and one that refuses to be read is one that is not there. */

/** The own property `key` of `value`; undefined where there is none. Never throws, whatever getters and proxies do. */
export function ownField(value: unknown, key: string): unknown {
  try {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    return (value as Readonly<Record<string, unknown>>)[key];
  } catch {
    return undefined;
  }
}

/** The own text under `key`, also an empty one; undefined where there is none. */
export function ownText(value: unknown, key: string): string | undefined {
  const found = ownField(value, key);
  return typeof found === "string" ? found : undefined;
}

/** The own finite number under `key`; undefined where there is none. */
export function ownNumber(value: unknown, key: string): number | undefined {
  const found = ownField(value, key);
  return typeof found === "number" && Number.isFinite(found) ? found : undefined;
}

/** The texts of the own list under `key`; none where it is no list. For values that were read from JSON. */
export function ownTexts(value: unknown, key: string): readonly string[] {
  const found = ownField(value, key);
  return Array.isArray(found) ? found.filter((entry): entry is string => typeof entry === "string") : [];
}

/** A count as it was stored: a whole number above 0, and 0 for anything else. */
export function storedCount(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
