/** Kills processes that write a journal, and holds what is there afterwards against what they said. */
import { openJournal } from "@worker-watchdog/store";
import { expect } from "vitest";
import { startProgram } from "./run-program.ts";

/** Operations of the program's `crash` mode, in the order in which each round does them. */
const OPERATIONS = ["append", "set", "both", "once"] as const;

/**
 * Runs one writer until it is killed, and checks the journal.
 *
 * @param options.killAt Between which two statements it kills itself.
 * @param options.killAfterMillis When it is killed, after the first thing that it said.
 */
export async function crashOnce(options: {
  readonly file: string;
  readonly name: string;
  readonly killAt?: number | undefined;
  readonly killAfterMillis?: number | undefined;
}): Promise<void> {
  const { file, name, killAt, killAfterMillis = 0 } = options;
  const program = startProgram("crash", file, name, killAt ?? "Infinity");
  if (killAt === undefined) {
    await program.firstLine();
    await new Promise((resolve) => setTimeout(resolve, killAfterMillis));
    program.child.kill("SIGKILL");
  }
  const { lines, signal, stderr } = await program.ended();
  expect({ signal, stderr }).toEqual({ signal: "SIGKILL", stderr: "" });
  checkWriter(file, name, lines);
}

/** What was said is there; what was not said is there whole or not at all, and it is at most the one operation that was under way. */
export function checkWriter(file: string, name: string, lines: readonly string[]): void {
  const journal = openJournal({ file });
  try {
    const ids = journal.records({ limit: 1_000_000 }).map(({ id }) => id);
    const own = ids.filter((id) => id.startsWith(`${name}-`));
    expect(new Set(own).size, "nothing is doubled").toBe(own.length);
    const stored = {
      append: own.filter((id) => id.startsWith(`${name}-append-`)).length,
      set: 1 + Number(journal.get(name, "set") ?? -1),
      both: own.filter((id) => id.startsWith(`${name}-both-`)).length,
      once: own.filter((id) => id.startsWith(`${name}-once-`)).length,
    };
    expect(journal.get(name, "left") ?? null, "no half transaction").toEqual(journal.get(name, "right") ?? null);
    expect(1 + Number(journal.get(name, "left") ?? -1), "no half transaction").toBe(stored.both);
    for (let index = 0; index < stored.once; index += 1)
      expect(journal.recordOnce(`${name}-${index}`)?.id).toBe(`${name}-once-${index}`);
    const said = Object.fromEntries(
      OPERATIONS.map((operation) => [operation, lines.filter((line) => line.startsWith(`${operation} `)).length]),
    );
    const underWay = OPERATIONS[lines.length % OPERATIONS.length] as (typeof OPERATIONS)[number];
    const finished = { ...said, [underWay]: (said[underWay] ?? 0) + 1 };
    expect([said, finished], "what was said is there, and at most one more").toContainEqual(stored);
    expect(journal.check()).toEqual([]);
  } finally {
    journal.close();
  }
}
