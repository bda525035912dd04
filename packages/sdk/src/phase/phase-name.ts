/** Names of a worker's own phases and stages: bounded, because they become span names and labels. */
import { WatchdogError } from "../errors.ts";
import { type IncidentReason, PHASES, type Phase } from "../semconv/index.ts";

const NAME = /^[a-z][a-z0-9_]{0,39}$/;
const RESERVED: readonly string[] = [
  "doctor",
  "touch",
  "claim",
  "context",
  "progress",
  "upload",
  "artifact",
  "complete",
];

/** @throws WatchdogError `invalid_option` where the name is not a short snake_case word, or a phase that has a method of its own. */
export function checkPhaseName(what: "phase" | "progress stage", name: unknown): void {
  if (typeof name !== "string" || !NAME.test(name)) {
    throw new WatchdogError(
      "invalid_option",
      `The ${what} is ${shown(name)}. Allowed: 1 to 40 of a-z, 0-9 and _, a letter first, such as "render_report".`,
    );
  }
  if (what === "phase" && RESERVED.includes(name)) {
    throw new WatchdogError(
      "invalid_option",
      `The phase ${shown(name)} has a method of its own. Call that method, or name the phase otherwise.`,
    );
  }
}

function shown(name: unknown): string {
  return typeof name === "string" ? JSON.stringify(name.slice(0, 80)) : typeof name;
}

/** The reason that a failed phase has in metrics, where a worker's own names would be an open set. */
export function phaseReason(phase: string): IncidentReason<"phase_failed"> {
  return PHASES.includes(phase as Phase) ? (phase as Phase) : "own_phase";
}
