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
