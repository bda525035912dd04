/** Versions such as `0.155.0`, as the servers print them. */

/** The first `major.minor.patch` in a text; `undefined` when there is none. */
export function findVersion(text: string): string | undefined {
  return /(\d+\.\d+\.\d+)/.exec(text)?.[1];
}

/** Whether a version is at least another; both are `major.minor.patch`. */
export function isAtLeast(version: string, minimum: string): boolean {
  const found = version.split(".").map(Number);
  const wanted = minimum.split(".").map(Number);
  for (const [index, part] of wanted.entries()) {
    const difference = (found[index] ?? 0) - part;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
