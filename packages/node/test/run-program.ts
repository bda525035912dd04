/** Runs a program of the tests in a process of its own and tells how it ended. */
import { spawn } from "node:child_process";
import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";

/** The package folder: self-references, such as `--import @worker-watchdog/node/register`, resolve from there. */
export const packageDirectory = fileURLToPath(new URL("..", import.meta.url));

/** How a program ended. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  /** From the line `ready` to the end, in milliseconds. */
  readonly millisAfterReady: number;
}

/** Options of {@link runProgram}. */
export interface RunProgramOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeArgs?: readonly string[];
  /** Called when the program has printed `ready`; what it resolves to is sent as a signal. */
  readonly onReady?: (() => Promise<NodeJS.Signals>) | undefined;
  /** Sent when the program has printed `ready`. */
  readonly signal?: NodeJS.Signals | undefined;
}

/** Runs `test/programs/<name>.ts`, or the file that `name` is the path of. */
export function runProgram(name: string, options: RunProgramOptions = {}): Promise<ProgramEnd> {
  const file = isAbsolute(name) ? name : fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ["--conditions=@worker-watchdog/source", ...(options.nodeArgs ?? []), file, ...(options.args ?? [])],
      {
        cwd: packageDirectory,
        env: { PATH: process.env["PATH"], ...options.env },
        stdio: ["ignore", "pipe", "pipe"],
        timeout: 30_000,
        killSignal: "SIGKILL",
      },
    );
    let stderr = "";
    let readyAt = 0;
    child.stdout.on("data", (chunk: Buffer) => {
      if (readyAt !== 0 || !chunk.includes("ready")) return;
      readyAt = performance.now();
      if (options.signal !== undefined) child.kill(options.signal);
      options.onReady?.().then(
        (signal) => child.kill(signal),
        (error: unknown) => {
          child.kill("SIGKILL");
          reject(error);
        },
      );
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on("error", reject);
    child.on("close", (code, signal) =>
      resolve({ code, signal, stderr, millisAfterReady: performance.now() - readyAt }),
    );
  });
}
