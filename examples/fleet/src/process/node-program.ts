/** Starts a program of this example as a process of its own, from its TypeScript source. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Lets workspace packages resolve to their sources, so that nothing has to be built. */
const SOURCE_CONDITION = "--conditions=@worker-watchdog/source";

/** Options of {@link startProgram}. */
export interface ProgramOptions {
  readonly args?: readonly string[] | undefined;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** File descriptor for standard output and error. Default: none. */
  readonly logDescriptor?: number | undefined;
}

/**
 * Starts a program with an IPC channel, in a session of its own: Ctrl-C in the terminal reaches this process alone, which then stops
 * things in order. The channel closes with this process, and each program ends by that.
 */
export function startProgram(program: URL, options: ProgramOptions = {}): ChildProcess {
  const output = options.logDescriptor ?? "ignore";
  return fork(fileURLToPath(program), options.args ?? [], {
    detached: true,
    env: { ...process.env, NODE_OPTIONS: "", ...options.env },
    execArgv: [SOURCE_CONDITION],
    stdio: ["ignore", output, output, "ipc"],
  });
}

/** Waits until a process has ended, killing it after `graceMillis`. */
export async function endOf(child: ChildProcess, graceMillis: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => child.kill("SIGKILL"), graceMillis);
  child.once("exit", () => resolve());
  await promise;
  clearTimeout(timer);
}
