/** Runs a short program to its end and collects what it printed. */
import { spawn } from "node:child_process";

/** How a program ended. */
export interface ProgramResult {
  /** `null` when a signal or the time limit ended it, or when it could not be executed. */
  readonly exitCode: number | null;
  /** Standard output and standard error, in the order in which they came. */
  readonly output: string;
  /** Standard output alone. */
  readonly stdout: string;
  /** Why it could not be executed; `undefined` when it ran. */
  readonly spawnError?: NodeJS.ErrnoException | undefined;
}

/** How to run it. */
export interface ProgramOptions {
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly timeoutMillis: number;
  /** Told each line of standard error and output as it comes. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/** Runs a program; never rejects. */
export function runProgram(command: string, args: readonly string[], options: ProgramOptions): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: options.timeoutMillis,
      killSignal: "SIGKILL",
    });
    let output = "";
    let stdout = "";
    let rest = "";
    const take = (chunk: string): void => {
      output += chunk;
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) options.onLine?.(line);
    };
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      take(chunk);
    });
    child.stderr.setEncoding("utf8").on("data", take);
    child.once("error", (spawnError) => resolve({ exitCode: null, output, stdout, spawnError }));
    child.once("close", (exitCode) => resolve({ exitCode, output, stdout }));
  });
}
