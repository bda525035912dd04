/** Runs journal.program.ts in processes of their own, from the sources. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("./journal.program.ts", import.meta.url));

/** A process that runs the program. */
export interface RunningProgram {
  readonly child: ChildProcess;
  /** The first line that it says. */
  firstLine(): Promise<string>;
  /** Every whole line that it said, once it has ended, and how it ended. */
  ended(): Promise<{ readonly lines: readonly string[]; readonly signal: string | null; readonly stderr: string }>;
}

/** Starts the program with its arguments: a mode, a file, and the mode's own. */
export function startProgram(...args: readonly (string | number)[]): RunningProgram {
  const child = spawn(process.execPath, ["--conditions=@worker-watchdog/source", PROGRAM, ...args.map(String)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const said = new EventTarget();
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
    said.dispatchEvent(new Event("said"));
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  const closed = once(child, "close");
  const lines = (): string[] => stdout.split("\n").slice(0, -1);
  return {
    child,
    async firstLine() {
      while (lines().length === 0) await Promise.race([once(said, "said"), closed.then(() => fail(stderr))]);
      return lines()[0] ?? "";
    },
    async ended() {
      await closed;
      return { lines: lines(), signal: child.signalCode, stderr };
    },
  };
}

function fail(stderr: string): never {
  throw new Error(`The program ended before it said anything: ${stderr}`);
}
