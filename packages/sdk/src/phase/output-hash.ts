/** The hash of what a phase came back with, for audit records: the output itself never leaves the process. */
import { createHash } from "node:crypto";
import type { PhaseOutcome } from "./phase-outcome.ts";

/** A result with more parts than this is not one of a job service. */
const MAX_PARTS = 100_000;

/** SHA-256, in hex, of the result as JSON, or of the error's text; undefined where nothing came back, or nothing that can be written as JSON. */
export function outputHash(outcome: PhaseOutcome<unknown>): string | undefined {
  const text = textOf(outcome);
  return text === undefined ? undefined : createHash("sha256").update(text).digest("hex");
}

function textOf(outcome: PhaseOutcome<unknown>): string | undefined {
  try {
    if (outcome.status !== "ok" && outcome.thrown !== undefined) return String(outcome.thrown.error);
    let parts = 0;
    return JSON.stringify(outcome.result, (_, value: unknown) => {
      parts += 1;
      if (parts > MAX_PARTS) throw new RangeError(`more than ${MAX_PARTS} parts`);
      return value;
    });
  } catch {
    // The audit goes on without.
    return undefined;
  }
}
