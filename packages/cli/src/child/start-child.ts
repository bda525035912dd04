/** Runs a command as a child: its output passes through as it comes, and what has to be known of it is recorded on the way. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import type { JsonOutput } from "./json-output.ts";
import { openPipes } from "./open-pipe.ts";
import { type ChildOutput, OutputRecorder, type OutputStream } from "./output-recorder.ts";

/** How to run a command. */
export interface ChildOptions {
  /** Program and arguments; no shell is involved. */
  readonly command: readonly string[];
  /** Its whole environment. Default: this process's. */
  readonly environment?: NodeJS.ProcessEnv | undefined;
  /** Folder that it starts in. Default: this process's. */
  readonly directory?: string | undefined;
  /** Where its output passes to. Default: this process's streams. */
  readonly stdout?: Writable | undefined;
  readonly stderr?: Writable | undefined;
  /** Default: `inherit`. */
  readonly stdin?: "inherit" | "ignore" | undefined;
  /** Told each chunk after it was passed on: for signs of progress, and for those who read along. */
  readonly onOutput?: ((chunk: Uint8Array, stream: OutputStream) => void) | undefined;
  /** Ends it: SIGTERM, and SIGKILL after the grace. */
  readonly signal?: AbortSignal | undefined;
  /** Time between SIGTERM and SIGKILL, in milliseconds. Default: 5000. */
  readonly killGraceMillis?: number | undefined;
}

/** How a command ended. */
export interface ChildEnd {
  /** As a shell tells it: its own exit code, 128 + n where signal n ended it, 127 where it was not found, 126 where it could not be executed. */
  readonly status: number;
  /** Its exit code; null where a signal ended it, or it never ran. */
  readonly exitCode: number | null;
  /** The signal that ended it. */
  readonly signal: NodeJS.Signals | null;
  /** Why it never ran. */
  readonly spawnError: NodeJS.ErrnoException | undefined;
  /** Whether {@link ChildOptions.signal} ended it. */
  readonly wasAborted: boolean;
  readonly output: ChildOutput;
}

/** A command that runs. */
export interface RunningChild {
  /** Undefined where it could not be executed. */
  readonly pid: number | undefined;
  /** Settles when it has ended and its output was passed on. Never rejects. */
  readonly ended: Promise<ChildEnd>;
  /** The JSON object on its stdout so far. */
  json(): JsonOutput;
  /** Sends it a signal. */
  kill(signal: NodeJS.Signals): void;
}

const KILL_GRACE_MILLIS = 5_000;
/** How long the output of an ended command is waited for while something that it left behind holds the pipe. */
const DRAIN_MILLIS = 1_000;

/**
 * Starts a command in this process's group, so that ctrl-c reaches it as well. Its output goes through unchanged, chunk by chunk, no faster than the
 * reader takes it.
 */
export function startChild(options: ChildOptions): RunningChild {
  const [program = "", ...args] = options.command;
  const recorder = new OutputRecorder();
  const own = openPipes(2);
  let child: ChildProcess;
  try {
    child = spawn(program, args, {
      cwd: options.directory,
      env: options.environment,
      stdio: [options.stdin ?? "inherit", own?.[0]?.childEnd ?? "pipe", own?.[1]?.childEnd ?? "pipe"],
    });
  } catch (error) {
    // A null byte in an argument, or an empty program: refused before there is a process.
    const end = neverRan(error as NodeJS.ErrnoException, recorder);
    return { pid: undefined, ended: Promise.resolve(end), json: () => recorder.json(), kill: () => {} };
  } finally {
    for (const { childEnd } of own ?? []) closeSync(childEnd);
  }
  const record = (stream: OutputStream) => (chunk: Buffer) => {
    recorder.push(chunk, stream);
    options.onOutput?.(chunk, stream);
  };
  const sources = [own?.[0]?.source ?? (child.stdout as Readable), own?.[1]?.source ?? (child.stderr as Readable)];
  const streams = [
    passThrough(sources[0] as Readable, options.stdout ?? process.stdout, record("stdout")),
    passThrough(sources[1] as Readable, options.stderr ?? process.stderr, record("stderr")),
  ];
  let wasAborted = false;
  let killTimer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    wasAborted = true;
    child.kill("SIGTERM");
    killTimer ??= setTimeout(() => child.kill("SIGKILL"), options.killGraceMillis ?? KILL_GRACE_MILLIS);
  };
  if (options.signal?.aborted === true) onAbort();
  else options.signal?.addEventListener("abort", onAbort, { once: true });

  const ended = new Promise<ChildEnd>((resolve) => {
    const finish = (end: Omit<ChildEnd, "output" | "wasAborted">): void => {
      options.signal?.removeEventListener("abort", onAbort);
      clearTimeout(killTimer);
      resolve({ ...end, wasAborted, output: recorder.output() });
    };
    child.once("error", (error) => {
      // Also emitted where a signal could not be sent; then it still runs.
      if (child.pid !== undefined) return;
      for (const { source } of streams) source.destroy();
      finish(neverRan(error, recorder));
    });
    child.once("exit", (exitCode, signal) => {
      clearTimeout(killTimer);
      options.signal?.removeEventListener("abort", onAbort);
      void drained(streams).then(() =>
        finish({ exitCode, signal, status: shellStatus(exitCode, signal), spawnError: undefined }),
      );
    });
  });
  return { pid: child.pid, ended, json: () => recorder.json(), kill: (signal) => void child.kill(signal) };
}

/** The exit status that a shell tells. */
export function shellStatus(exitCode: number | null, signal: NodeJS.Signals | null): number {
  if (exitCode !== null) return exitCode;
  return signal === null ? 1 : 128 + constants.signals[signal];
}

interface PassedStream {
  readonly source: Readable;
  /** Settles when there is no more of it. */
  readonly closed: Promise<void>;
  /** When the last chunk came, by the monotonic clock. */
  readonly lastAt: () => number;
}

function passThrough(source: Readable, target: Writable, onChunk: (chunk: Buffer) => void): PassedStream {
  let lastAt = performance.now();
  const onDrain = (): void => void source.resume();
  // Nobody reads any more (`| head`): the command finds its pipe closed, as it would have without us.
  const onGone = (): void => void source.destroy();
  target.on("error", onGone);
  target.on("close", onGone);
  source.on("data", (chunk: Buffer) => {
    lastAt = performance.now();
    const hasRoom = target.destroyed || target.write(chunk);
    onChunk(chunk);
    if (hasRoom) return;
    source.pause();
    target.once("drain", onDrain);
  });
  source.on("error", () => {});
  const closed = new Promise<void>((resolve) => {
    source.once("close", () => {
      target.off("drain", onDrain);
      target.off("close", onGone);
      // The listener for errors stays: a write of ours may still be under way.
      resolve();
    });
  });
  return { source, closed, lastAt: () => lastAt };
}

/** Waits until the ended command's pipes are closed; not for ever, where a process that it left behind holds them. */
async function drained(streams: readonly PassedStream[]): Promise<void> {
  const endedAt = performance.now();
  const check = setInterval(() => {
    const lastAt = Math.max(endedAt, ...streams.map((stream) => stream.lastAt()));
    // Output that nobody takes is not late: the reader is slow.
    const isStalled = streams.some(({ source }) => source.isPaused());
    if (isStalled || performance.now() - lastAt < DRAIN_MILLIS) return;
    for (const { source } of streams) source.destroy();
  }, DRAIN_MILLIS / 4);
  await Promise.all(streams.map(({ closed }) => closed));
  clearInterval(check);
}

function neverRan(error: NodeJS.ErrnoException, recorder: OutputRecorder): ChildEnd {
  const status = error.code === "ENOENT" ? 127 : 126;
  return {
    status,
    exitCode: null,
    signal: null,
    spawnError: error,
    wasAborted: false,
    output: recorder.output(),
  };
}
