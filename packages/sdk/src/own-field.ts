/** Reads fields of values that somebody else made: own properties alone, and a getter that throws is a field that is not there. */

/** The own property `key` of `value`; undefined where there is none. */
export function ownField(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  try {
    return (value as Readonly<Record<string, unknown>>)[key];
  } catch {
    return undefined;
  }
}
