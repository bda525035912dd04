/** A plan in words: what is refused and why, what `--check` finds, and what `--diff` shows. */
import { createTwoFilesPatch } from "diff";
import type { Target, TargetState } from "./output-plan.ts";

/** What keeps a file from being written, by state, for those that `--force` overrides and the one that it does not. */
const REFUSED: Partial<Readonly<Record<TargetState, string>>> = {
  changed: "changed by hand since it was generated",
  foreign: "not written by `watchdog generate`",
  blocked: "no file, and not a place for one",
};

/** The lines that refuse a plan; empty where nothing is in its way. `isForced` overrides all but what is no file. */
export function refusal(targets: readonly Target[], isForced: boolean): readonly string[] {
  // What an earlier policy gave and a person changed since stays where it is, and is told.
  const inTheWay = targets.filter(
    ({ state, wanted }) => REFUSED[state] !== undefined && (state === "blocked" || (wanted !== undefined && !isForced)),
  );
  if (inTheWay.length === 0) return [];
  const next = inTheWay.some(({ state }) => state === "blocked")
    ? "Move what is no file out of the way."
    : "See what would be lost: watchdog generate --diff. Put it into the policy, or overwrite it: watchdog generate --force";
  return [...inTheWay.map(({ path, state }) => `${path}: ${REFUSED[state]}`), `Nothing was written. ${next}`];
}

/** The targets that differ from the policy, each with its state, as `--check` tells it. */
export function staleLines(targets: readonly Target[]): readonly string[] {
  return targets
    .filter(({ state }) => state !== "current")
    .map(({ path, state }) => {
      const reason = REFUSED[state];
      return reason === undefined ? `${state}: ${path}` : `stale: ${path} (${reason})`;
    });
}

/** The unified diffs from what is there to what the policy gives. */
export function diffLines(targets: readonly Target[], isColoured: boolean): readonly string[] {
  return targets.flatMap((target) => {
    const { path, state, found, wanted } = target;
    if (state === "current") return [];
    const reason = REFUSED[state];
    const notes = reason === undefined ? [] : [`# ${path}: ${reason}`];
    // A file of an earlier policy that a person changed is not removed.
    if (state === "blocked" || (wanted === undefined && state !== "left over")) return notes;
    const from = found === undefined ? "/dev/null" : `a/${path}`;
    const to = wanted === undefined ? "/dev/null" : `b/${path}`;
    const patch = createTwoFilesPatch(from, to, found ?? "", wanted ?? "", "", "", { timeout: DIFF_MILLIS });
    if (patch === undefined) return [...notes, `# ${path}: differs in too much to be shown`];
    const [, before = "", after = "", ...lines] = patch.replace(/\n$/, "").split("\n");
    return [
      ...notes,
      ...[before.trimEnd(), after.trimEnd(), ...lines].map((line) => (isColoured ? coloured(line) : line)),
    ];
  });
}

/** The tests of the rules are a megabyte: where all of it moved, nobody reads the diff. */
const DIFF_MILLIS = 2_000;

const RED = 31;
const GREEN = 32;
const CYAN = 36;
const BOLD = 1;

function coloured(line: string): string {
  const code = /^(?:---|\+\+\+) /.test(line) ? BOLD : CODES[line[0] ?? ""];
  return code === undefined ? line : `\u001b[${code}m${line}\u001b[0m`;
}

const CODES: Readonly<Record<string, number>> = { "+": GREEN, "-": RED, "@": CYAN };
