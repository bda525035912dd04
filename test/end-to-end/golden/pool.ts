/** A pool of worker processes: its job service, its workers, and the journals that they leave. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { JournalRecord, RecordQuery } from "@worker-watchdog/sdk";
import type { MemoryJobService } from "@worker-watchdog/sdk/testing";
import { openJournal } from "@worker-watchdog/store";
import { type JobServer, startJobServer } from "../job-server.ts";
import { poll } from "../poll.ts";
import { GOLDEN_POLICY, GOLDEN_POLICY_FILE } from "./golden-policy.ts";

/** Processes that start at once: more only make each slower, and times then mean nothing. */
const MAX_STARTING = 3;
const NODE = [process.execPath, "--conditions=@worker-watchdog/source"] as const;
const SHELL = ["sh"] as const;
const WORKER_PROGRAM = join(import.meta.dirname, "worker.program.ts");

/** What a pool is made of. */
export interface PoolOptions {
  readonly name: string;
  readonly leaseSeconds: number;
  /** Where journals lie. */
  readonly folder: string;
  readonly otlpEndpoint: string;
}

/** A process of a worker. */
export interface WorkerProcess {
  readonly pid: number | undefined;
  /** What it has said. */
  readonly lines: readonly string[];
  /** What it and the library wrote to stderr. */
  readonly complaints: readonly string[];
  /** Settles when it has said a line that matches. */
  says(line: string | RegExp): Promise<string>;
  /** Settles when the process has ended, with its exit code or signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
  signal(signal: NodeJS.Signals): void;
}

let starting = 0;
const waiting: (() => void)[] = [];

/** Waits for a turn to start; what it gives ends the turn. */
async function turn(): Promise<() => void> {
  if (starting < MAX_STARTING) starting += 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  return () => {
    const next = waiting.shift();
    if (next === undefined) starting -= 1;
    else next();
  };
}

/** Workers with a job service of their own. */
export class Pool {
  readonly name: string;
  readonly #options: PoolOptions;
  readonly #server: JobServer;
  readonly #workers: ChildProcess[] = [];

  private constructor(options: PoolOptions, server: JobServer) {
    this.name = options.name;
    this.#options = options;
    this.#server = server;
  }

  static async open(options: PoolOptions): Promise<Pool> {
    return new Pool(options, await startJobServer(options.leaseSeconds));
  }

  get service(): MemoryJobService {
    return this.#server.service;
  }

  /** Puts jobs into the queue. */
  add(...ids: readonly string[]): void {
    for (const id of ids) this.service.add({ id, deliverableId: "D1" });
  }

  /** Selects the pool's series, and more narrowly with further matchers. */
  series(metric: string, ...matchers: readonly string[]): string {
    return `${metric}{${[`worker_pool="${this.name}"`, ...matchers].join(",")}}`;
  }

  /** Path of a worker's journal. */
  journalFile(workerId: string): string {
    return join(this.#options.folder, `${this.name}-${workerId}.db`);
  }

  /** Records of a worker's journal, oldest first. */
  records(workerId: string, query: RecordQuery = {}): readonly JournalRecord[] {
    const journal = openJournal({ file: this.journalFile(workerId) });
    try {
      return journal.records({ limit: 10_000, ...query });
    } finally {
      journal.close();
    }
  }

  /** Starts a worker, which has said a first line when the promise settles: {@link WORKER_PROGRAM} says what the settings are. */
  async start(
    workerId: string,
    settings: Readonly<Record<string, string>> = {},
    program: string = WORKER_PROGRAM,
    ...args: readonly string[]
  ): Promise<WorkerProcess> {
    const endTurn = await turn();
    const [command, ...options] = program.endsWith(".sh") ? SHELL : NODE;
    const child = spawn(command, [...options, program, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own: a shell's commands end with it.
      detached: true,
      env: {
        ...process.env,
        JOB_SERVICE: this.#server.url,
        POLICY: JSON.stringify(GOLDEN_POLICY),
        JOURNAL: this.journalFile(workerId),
        WATCHDOG_JOURNAL: this.journalFile(workerId),
        WATCHDOG_POLICY: join(this.#options.folder, GOLDEN_POLICY_FILE),
        WATCHDOG_WORKER_ID: workerId,
        WATCHDOG_WORKER_POOL: this.name,
        OTEL_EXPORTER_OTLP_ENDPOINT: this.#options.otlpEndpoint,
        // Dozens of processes load the same sources.
        NODE_COMPILE_CACHE: join(this.#options.folder, "compile-cache"),
        ...settings,
      },
    });
    this.#workers.push(child);
    const lines: string[] = [];
    const complaints: string[] = [];
    createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
    createInterface({ input: child.stderr }).on("line", (line) => complaints.push(line));
    let end: number | NodeJS.Signals | undefined;
    const ended = new Promise<number | NodeJS.Signals>((resolve) => {
      child.once("close", (code, signal) => {
        end = code ?? signal ?? 0;
        resolve(end);
      });
    });
    await Promise.race([once(child.stdout, "data"), ended]);
    endTurn();
    const matches = (line: string, wanted: string | RegExp): boolean =>
      typeof wanted === "string" ? line === wanted : wanted.test(line);
    return {
      pid: child.pid,
      lines,
      complaints,
      ended,
      signal: (signal) => void child.kill(signal),
      says: (wanted) =>
        poll(
          `worker ${workerId} of ${this.name} to say ${wanted}`,
          () => {
            const line = lines.find((said) => matches(said, wanted));
            if (line === undefined && end !== undefined)
              throw new Error(
                `Worker ${workerId} of ${this.name} ended with ${end} and never said ${wanted}: ${[...lines, ...complaints].join("\n")}`,
              );
            return line;
          },
          { last: () => [...lines, ...complaints] },
        ),
    };
  }

  /** Ends what still runs. */
  async close(): Promise<void> {
    for (const worker of this.#workers) killGroup(worker);
    await this.#server.close();
  }
}

/** Ends a process that still runs, and what it started. */
function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}
