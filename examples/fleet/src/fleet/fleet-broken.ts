/** A part of the fleet that ended though nobody stopped it. */
import { readFileSync } from "node:fs";

const TAIL_LINES = 8;

/** Says which part, how it ended, and the last lines of its log, which is removed with everything else. */
export class FleetBroken extends Error {
  override readonly name = "FleetBroken";
  constructor(what: string, logFile: string) {
    super([what, ...lastLines(logFile)].join("\n  "));
  }
}

function lastLines(file: string): readonly string[] {
  try {
    return readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .slice(-TAIL_LINES)
      .filter((line) => line !== "");
  } catch {
    return [];
  }
}
