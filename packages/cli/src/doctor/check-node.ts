/** Is this Node new enough? */
import { compareVersions } from "./compare-versions.ts";
import { type Finding, fail, ok } from "./finding.ts";

/** The oldest Node that has all that is needed: the packages' `engines` say the same. */
export const OLDEST_NODE = "22.15.0";

export function checkNode(version: string = process.versions.node): Finding {
  if (compareVersions(version, OLDEST_NODE) >= 0) return ok("Node", version);
  return fail(
    "Node",
    `version ${version}`,
    `Install Node ${OLDEST_NODE} or newer; 24 is the current long-term release.`,
  );
}
