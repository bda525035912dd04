/**
 * A program of its own: runs servers as its children, and stops them all and removes their folder once its standard input
 * closes. The kernel closes it however the parent ends, `kill -9` included, so that nothing outlives the parent.
 *
 * Requests come as JSON lines on standard input, answers and exits leave as JSON lines on standard output.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";

/** What the guard is asked to do. */
export type GuardRequest =
  | {
      readonly id: number;
      readonly type: "run";
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly cwd: string;
      readonly logFile: string;
    }
  | { readonly id: number; readonly type: "signal"; readonly pid: number; readonly signal: NodeJS.Signals };

/** What the guard answers or reports. */
export type GuardMessage =
  | { readonly type: "answer"; readonly id: number; readonly pid: number }
  | { readonly type: "refusal"; readonly id: number; readonly code: string; readonly message: string }
  | { readonly type: "exit"; readonly pid: number; readonly code: number | null; readonly signal: string | null };

const GRACE_MILLIS = 3_000;
const children = new Map<number, ChildProcess>();
const [directory] = process.argv.slice(2);
let stopping = false;

function send(message: GuardMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function run(request: Extract<GuardRequest, { type: "run" }>): void {
  const log = openSync(request.logFile, "a");
  const child = spawn(request.command, request.args, {
    cwd: request.cwd,
    env: request.env,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  child.once("error", (error: NodeJS.ErrnoException) => {
    if (child.pid === undefined) {
      send({ type: "refusal", id: request.id, code: error.code ?? "unknown", message: error.message });
    }
  });
  const { pid } = child;
  if (pid === undefined) return;
  children.set(pid, child);
  child.once("exit", (code, signal) => {
    children.delete(pid);
    send({ type: "exit", pid, code, signal });
    if (stopping && children.size === 0) finish();
  });
  send({ type: "answer", id: request.id, pid });
}

function handle(request: GuardRequest): void {
  if (stopping) return;
  try {
    if (request.type === "run") run(request);
    else {
      children.get(request.pid)?.kill(request.signal);
      send({ type: "answer", id: request.id, pid: request.pid });
    }
  } catch (error) {
    const { code = "unknown", message } = error as NodeJS.ErrnoException;
    send({ type: "refusal", id: request.id, code, message });
  }
}

function finish(): never {
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  process.exit(0);
}

function stop(): void {
  if (stopping) return;
  stopping = true;
  if (children.size === 0) finish();
  for (const child of children.values()) child.kill("SIGTERM");
  setTimeout(() => {
    for (const child of children.values()) child.kill("SIGKILL");
    // A child that not even SIGKILL ends (in the kernel, on a dead disk) must not keep the guard.
    setTimeout(finish, GRACE_MILLIS);
  }, GRACE_MILLIS);
}

// The parent is gone: nobody reads, and that is no reason to die before the children did.
process.stdout.on("error", () => {});
process.on("SIGHUP", () => {});
process.on("SIGINT", stop);
process.on("SIGTERM", stop);

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => handle(JSON.parse(line) as GuardRequest));
lines.on("close", stop);
