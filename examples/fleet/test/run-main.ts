/** Runs the example as a user does, in a process of its own, with a folder for temporary files of its own. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A run of the example. */
export interface MainRun {
  readonly child: ChildProcess;
  /** Its folder for temporary files. */
  readonly temporary: string;
  /** What it printed so far, on both outputs. */
  output(): string;
  /** Settles with the exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
  /** Its processes, and theirs, by id. Not on Windows. */
  descendants(): readonly number[];
  /** What it left in its folder for temporary files. */
  leftovers(): readonly string[];
  /** Ends it, if it still runs, and removes its folder. */
  cleanUp(): Promise<void>;
}

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** Starts `src/main.ts` with arguments. */
export function runMain(args: readonly string[]): MainRun {
  const temporary = mkdtempSync(join(tmpdir(), "fleet-test-"));
  // As root, PostgreSQL runs as another user, who has to get through.
  chmodSync(temporary, 0o755);
  let output = "";
  const child = spawn(process.execPath, ["--conditions=@worker-watchdog/source", MAIN, ...args], {
    env: { ...process.env, NODE_OPTIONS: "", NO_COLOR: "1", TMPDIR: temporary },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  const ended = new Promise<number | string>((resolve) =>
    child.once("close", (code, signal) => resolve(code ?? signal ?? "unknown")),
  );
  return {
    child,
    temporary,
    output: () => output,
    ended,
    descendants: () => descendantsOf(child.pid ?? 0),
    leftovers: () => readdirSync(temporary),
    async cleanUp() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await ended;
      rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Whether a process is there; one that nobody has waited for yet counts as gone. */
export function isAlive(pid: number): boolean {
  const state = processes().find((process) => process.pid === pid)?.state;
  return state !== undefined && !state.startsWith("Z");
}

function descendantsOf(root: number): readonly number[] {
  const all = processes();
  const found = [root];
  for (const pid of found) found.push(...all.filter(({ parent }) => parent === pid).map((process) => process.pid));
  return found.slice(1);
}

function processes(): readonly { readonly pid: number; readonly parent: number; readonly state: string }[] {
  return execFileSync("ps", ["-A", "-o", "pid=,ppid=,state="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => {
      const [pid, parent, state = ""] = line.trim().split(/\s+/);
      return { pid: Number(pid), parent: Number(parent), state };
    });
}
