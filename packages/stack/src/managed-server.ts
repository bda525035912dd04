/** One server of the stack: started, watched until it answers, stopped and started again on the same ports. */
import type { Guard, GuardedProcess, ProcessExit } from "./guard.ts";
import { readLogTail } from "./log-tail.ts";
import { describePortOwner } from "./port-owner.ts";
import { StackError } from "./stack-error.ts";

/** A server that a fault test may stop and start. */
export interface ManagedServer {
  /** Such as `prometheus`. */
  readonly name: string;
  /** Process id of the running server, or of the last one that ran. */
  readonly pid: number;
  /** Whether its process runs. */
  readonly running: boolean;
  /** File with everything it printed, over all its starts. */
  readonly logFile: string;
  /** Sends a signal (default `SIGTERM`) and waits until the process has ended. `SIGKILL` is a crash. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /**
   * Starts it again with the same ports and data and waits until it is ready; nothing to do when it runs.
   *
   * @throws {StackError} `server_crashed`, `server_not_ready`, `port_taken`.
   */
  start(): Promise<void>;
  /** Stops and starts it. */
  restart(signal?: NodeJS.Signals): Promise<void>;
}

/** What a server needs to run. */
export interface ManagedServerOptions {
  readonly name: string;
  readonly guard: Guard;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly logFile: string;
  /** Answers 200 once the server is ready. */
  readonly readyUrl: string;
  /** Loopback ports that it listens on. */
  readonly ports: readonly number[];
  readonly readyTimeoutMillis: number;
  /** Told when the process ends though nobody stopped it. */
  readonly onUnexpectedExit: (error: StackError) => void;
}

const LOG_TAIL_LINES = 12;
const POLL_MILLIS = 50;
/** A server that does not end on SIGTERM in this time is killed. */
const STOP_TIMEOUT_MILLIS = 10_000;

/** Describes a server; `start()` runs it. */
export function manageServer(options: ManagedServerOptions): ManagedServer {
  const { name, guard, logFile, readyUrl, readyTimeoutMillis } = options;
  let current: GuardedProcess | undefined;
  let exit: ProcessExit | undefined;
  let ready = false;
  let stopping = false;

  async function crashed(ended: ProcessExit): Promise<StackError> {
    const tail = await readLogTail(logFile, LOG_TAIL_LINES);
    const how = ended.signal === null ? `exit code ${ended.code}` : `signal ${ended.signal}`;
    if (tail.some((line) => /address already in use/i.test(line))) {
      const owners = await Promise.all(options.ports.map(async (port) => `${port}: ${await describePortOwner(port)}`));
      return new StackError(
        "port_taken",
        `${name} could not listen: one of its ports is taken. Listening now: ${owners.join("; ")}. ` +
          "End that process, or name another port.",
      );
    }
    return new StackError(
      "server_crashed",
      `${name} ended with ${how}. Program: ${options.command}. Its last lines (all of them in ${logFile}):\n` +
        tail.map((line) => `  ${line}`).join("\n") +
        `\nRun \`${options.command} --version\` to see whether it works at all; unset its WATCHDOG_ variable to use a built one.`,
    );
  }

  async function isReady(): Promise<boolean> {
    try {
      const response = await fetch(readyUrl, { signal: AbortSignal.timeout(2_000) });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  async function waitUntilReady(): Promise<void> {
    const deadline = performance.now() + readyTimeoutMillis;
    while (exit === undefined) {
      if ((await isReady()) && exit === undefined) return;
      if (performance.now() > deadline) {
        const tail = await readLogTail(logFile, LOG_TAIL_LINES);
        throw new StackError(
          "server_not_ready",
          `${name} runs, but ${readyUrl} did not answer 200 within ${readyTimeoutMillis / 1_000} s. Its last lines ` +
            `(all of them in ${logFile}):\n${tail.map((line) => `  ${line}`).join("\n")}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS));
    }
    throw await crashed(exit);
  }

  const server: ManagedServer = {
    name,
    logFile,
    get pid() {
      if (current === undefined) throw new StackError("option_invalid", `${name} was never started.`);
      return current.pid;
    },
    get running() {
      return current !== undefined && exit === undefined;
    },
    async start() {
      if (server.running) return;
      exit = undefined;
      ready = false;
      stopping = false;
      const started = await guard.run({ command: options.command, args: options.args, env: options.env, logFile });
      current = started;
      started.exited.then(async (ended) => {
        exit = ended;
        if (ready && !stopping) options.onUnexpectedExit(await crashed(ended));
      });
      await waitUntilReady();
      ready = true;
    },
    async stop(signal = "SIGTERM") {
      if (current === undefined || !server.running) return;
      stopping = true;
      const { exited } = current;
      const process = current;
      await process.kill(signal);
      const timer = setTimeout(() => void process.kill("SIGKILL"), STOP_TIMEOUT_MILLIS);
      await exited;
      clearTimeout(timer);
    },
    async restart(signal) {
      await server.stop(signal);
      await server.start();
    },
  };
  return server;
}
