/** Freezes plain data all the way down, so that a policy can be shared. */

/** Freezes `value` and everything in it, and returns it. For plain, acyclic data. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
