/** Order of versions such as `22.15.0`. */

/** Below 0 where `left` is older, 0 where both are the same release, above 0 where `left` is newer. Pre-releases count as their release. */
export function compareVersions(left: string, right: string): number {
  const [leftParts, rightParts] = [left, right].map((version) =>
    version.replace(/^v/, "").split(/[-+]/)[0]?.split("."),
  );
  for (const index of [0, 1, 2]) {
    const difference = Number(leftParts?.[index] ?? 0) - Number(rightParts?.[index] ?? 0);
    if (difference !== 0 && !Number.isNaN(difference)) return difference;
  }
  return 0;
}
