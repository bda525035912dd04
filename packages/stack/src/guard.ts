/** Starts the guard: the parent of every server, which ends with this process however this process ends. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { GuardMessage, GuardRequest } from "./guard-process.ts";
import { StackError } from "./stack-error.ts";

/** How a process ended. */
export interface ProcessExit {
  /** Exit code; `null` when a signal ended it. */
  readonly code: number | null;
  /** The signal that ended it; `null` when it exited by itself. */
  readonly signal: string | null;
}

/** A process that the guard runs. */
export interface GuardedProcess {
  readonly pid: number;
  /** Settles when the process has ended; never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** Sends a signal; does nothing once the process has ended. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** What to run. */
export interface GuardedCommand {
  /** Absolute path of the program. */
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the process. Default: this process's own. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Working directory. Default: the guard's directory. */
  readonly cwd?: string | undefined;
  /** File that standard output and error are appended to. */
  readonly logFile: string;
}

/** The parent of every server. Close it to stop them all. */
export interface Guard {
  /** Process id of the guard itself. */
  readonly pid: number;
  /**
   * Runs a program under the guard.
   *
   * @throws {StackError} `server_crashed` when it can not be executed at all.
   */
  run(command: GuardedCommand): Promise<GuardedProcess>;
  /** Stops whatever still runs (SIGTERM, 3 s later SIGKILL), removes the directory and waits until that is done. */
  close(): Promise<void>;
}

interface Pending {
  resolve(pid: number): void;
  reject(error: Error): void;
}

const GUARD_PROGRAM = new URL(
  import.meta.url.endsWith(".ts") ? "./guard-process.ts" : "./guard-process.js",
  import.meta.url,
);

/** The environment without the variables that are unset. */
export function currentEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/**
 * Starts a guard that owns a directory.
 *
 * @param directory Removed, with all it holds, once the last process under the guard has ended.
 */
export async function startGuard(directory: string): Promise<Guard> {
  const child = spawn(process.execPath, [fileURLToPath(GUARD_PROGRAM), directory], {
    cwd: directory,
    // A session of its own: Ctrl-C in the terminal reaches this process alone, which then stops things in order.
    detached: true,
    env: { ...currentEnvironment(), NODE_OPTIONS: "", NODE_NO_WARNINGS: "1" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child, "spawn");
  const { pid } = child;
  if (pid === undefined) throw new StackError("guard_failed", "The guard process has no process id; it did not start.");

  const pending = new Map<number, Pending>();
  const exits = new Map<number, (exit: ProcessExit) => void>();
  // An exit may be reported before the caller of run() has been told the process id.
  const early = new Map<number, ProcessExit>();
  let nextId = 1;
  let closed = false;

  createInterface({ input: child.stdout }).on("line", (line) => {
    const message = JSON.parse(line) as GuardMessage;
    if (message.type === "exit") {
      const exit = { code: message.code, signal: message.signal };
      const settle = exits.get(message.pid);
      if (settle === undefined) early.set(message.pid, exit);
      else settle(exit);
      exits.delete(message.pid);
      return;
    }
    const waiting = pending.get(message.id);
    pending.delete(message.id);
    if (message.type === "answer") waiting?.resolve(message.pid);
    else
      waiting?.reject(new StackError("server_crashed", `It can not be executed (${message.code}): ${message.message}`));
  });
  child.stdin.on("error", () => {});
  const ended = once(child, "exit").then(async () => {
    const gone = new StackError("guard_failed", "The guard process ended; every server under it was stopped.");
    for (const waiting of pending.values()) waiting.reject(gone);
    pending.clear();
    // Only a guard that was killed leaves children; they have nobody else now.
    for (const [orphan, settle] of exits) {
      killIfAlive(orphan);
      settle({ code: null, signal: "SIGKILL" });
    }
    exits.clear();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  });

  function request(make: (id: number) => GuardRequest): Promise<number> {
    if (closed || child.exitCode !== null || child.signalCode !== null) {
      return Promise.reject(new StackError("guard_failed", "The guard is closed; start a new stack."));
    }
    const id = nextId++;
    return new Promise((resolve, reject) => {
      pending.set(id, { resolve, reject });
      child.stdin.write(`${JSON.stringify(make(id))}\n`);
    });
  }

  return {
    pid,
    async run(command) {
      const started = await request((id) => ({
        id,
        type: "run",
        command: command.command,
        args: command.args,
        env: command.env ?? currentEnvironment(),
        cwd: command.cwd ?? directory,
        logFile: command.logFile,
      }));
      const exited = new Promise<ProcessExit>((resolve) => {
        const already = early.get(started);
        early.delete(started);
        if (already === undefined) exits.set(started, resolve);
        else resolve(already);
      });
      return {
        pid: started,
        exited,
        async kill(signal) {
          await request((id) => ({ id, type: "signal", pid: started, signal })).catch(() => {});
        },
      };
    },
    async close() {
      closed = true;
      child.stdin.end();
      await ended;
    },
  };
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself in the meantime.
  }
}
