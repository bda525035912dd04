import { type Journal, memoryJournal } from "@worker-watchdog/sdk";
import { describe, expect, test } from "vitest";
import { closeKilledRun } from "./killed-run.ts";
import { isRunning, markOf, type ProcessMark } from "./process-mark.ts";
import { alreadyRunning, RunningCommands } from "./running-command.ts";

const worker = { pool: "p", id: "w" };
const KEY = ["worker/p/w", "exec"] as const;

/** The commands as a later process sees them, whose `alive` are the ids that run. */
const later = (journal: Journal, alive: readonly number[]) =>
  new RunningCommands(journal, worker, { now: () => 5_000, runs: ({ pid }) => alive.includes(pid) });

/** A journal that a process 11 left, whose command was 12. */
const left = (phase = "claim", child: number | null = 12): Journal => {
  const journal = memoryJournal();
  const mark = (pid: number): ProcessMark => ({ pid, startedAt: "1" });
  journal.set(...KEY, [
    { phase, exec: { ...mark(11) }, child: child === null ? null : { ...mark(child) }, startedAt: 3 },
  ]);
  return journal;
};

describe("what became of an earlier command of the phase", () => {
  test.each([
    ["nothing was left", memoryJournal(), [], undefined],
    ["its exec runs", left(), [11, 12], "running"],
    ["its exec was killed, and it runs", left(), [12], "orphaned"],
    ["both were killed", left(), [], "killed"],
    ["killed before it started", left("claim", null), [], "killed"],
    ["another phase runs", left("build"), [11, 12], undefined],
  ])("%s", (_, journal, alive, kind) => {
    expect(later(journal, alive).begin("claim", true)?.kind).toBe(kind);
  });

  test("what must be alone is not noted beside another; what need not be is", () => {
    const claims = left();
    later(claims, [12]).begin("claim", true);
    expect(claims.get(...KEY)).toMatchObject([{ exec: { pid: 11 } }]);
    const builds = left("build");
    later(builds, [11]).begin("build", false);
    expect(builds.get(...KEY)).toMatchObject([{ exec: { pid: process.pid } }]);
  });

  test("a process takes back its own alone", () => {
    const journal = left("build");
    const commands = later(journal, [11, 12]);
    commands.begin("claim", true);
    commands.started("claim", process.pid);
    expect(commands.all().map(({ command }) => command.phase)).toEqual(["build", "claim"]);
    commands.ended("build");
    commands.ended("claim");
    expect(commands.all().map(({ command }) => command.phase)).toEqual(["build"]);
  });

  test.each([[[]], ["x"], [{ phase: 1 }], [[{ phase: "claim", exec: { pid: -1 } }]], [[null, 5, "x"]]])(
    "a hostile stored value %j is as good as none",
    (value) => {
      const journal = memoryJournal();
      journal.set(...KEY, value);
      expect(later(journal, [1]).begin("claim", true)).toBeUndefined();
    },
  );

  test("the refusal names the process", () => {
    const [running, orphaned] = [[11, 12], [12]].map((alive) => later(left(), alive).begin("claim", true));
    expect(running && alreadyRunning(running).message).toContain("process 11 runs the claim phase");
    expect(orphaned && alreadyRunning(orphaned).message).toContain("process 12 still runs the claim phase");
  });
});

describe("a process that is found again", () => {
  const stat = (state: string, start: number) => () => `7 (a) b) ${state} ${"0 ".repeat(18)}${start} 0`;

  test("is this one", () => {
    expect(isRunning(markOf(process.pid))).toBe(true);
  });

  test.each([
    ["another with its number", stat("S", 43), false],
    ["itself", stat("S", 42), true],
    ["one that has ended, and nobody waited for it", stat("Z", 42), false],
  ])("is %s", (_, now, expected) => {
    const mark = markOf(process.pid, stat("S", 42));
    expect(mark).toEqual({ pid: process.pid, startedAt: "42" });
    expect(isRunning(mark, now)).toBe(expected);
  });

  test("is not there", () => {
    expect(isRunning({ pid: 2 ** 22 + 1, startedAt: null })).toBe(false);
  });
});

describe("the record of a phase whose process was killed", () => {
  const run = (id: string, phase: string, status: string) => ({
    kind: "worker_run" as const,
    id,
    atMillis: 1_000,
    workerPool: "p",
    workerId: "w",
    data: { phase, status, started: 1, ended: null, error_code: null },
  });

  test("is closed once, and no other's", () => {
    const journal = memoryJournal();
    journal.append(run("1", "claim", "started"));
    journal.append(run("1", "claim", "ok"));
    journal.append(run("2", "build", "started"));
    closeKilledRun(journal, worker, "claim", 9_000);
    expect(journal.records()).toHaveLength(3);
    closeKilledRun(journal, worker, "build", 9_000);
    closeKilledRun(journal, worker, "build", 9_000);
    expect(journal.records()).toHaveLength(4);
    expect(journal.records().at(-1)).toMatchObject({
      id: "2",
      atMillis: 9_000,
      data: { status: "stuck", error_code: "process_killed", ended: 9 },
    });
  });
});
