/** A worker of one-shot commands for tests: the real command line from its sources, a journal of its own, and no Collector unless one is given. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type FileJournal, openJournal } from "@worker-watchdog/store";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A process that runs. */
export interface RunningProcess {
  readonly process: ChildProcess;
  readonly ended: Promise<ProcessEnd>;
  /** Settles when stdout has had `text`. */
  printed(text: string): Promise<void>;
}

/** A worker in a folder of its own. */
export interface ShellWorker extends AsyncDisposable {
  readonly directory: string;
  readonly journalFile: string;
  /** `watchdog` with these arguments. */
  start(args: readonly string[], environment?: NodeJS.ProcessEnv): RunningProcess;
  /** The same, to its end. */
  run(args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<ProcessEnd>;
  /** `watchdog exec --phase … -- sh -c script`. */
  exec(phase: string, script: string, ...options: readonly string[]): Promise<ProcessEnd>;
  /** Claims `job` with a lease of so many seconds. */
  claim(job?: string, leaseSeconds?: number): Promise<ProcessEnd>;
  /** `watchdog status --json` of the worker. */
  status(): Promise<Readonly<Record<string, unknown>>>;
  /** Reads the journal. */
  journal<T>(read: (journal: FileJournal) => T): T;
}

/** The claim's JSON. */
export function jobJson(job: string, leaseSeconds: number): string {
  const lease_expires_at = Date.now() / 1_000 + leaseSeconds;
  return JSON.stringify({ ok: true, job: { id: job, lease_expires_at, deliverable_id: "D1", artifact_kinds: [] } });
}

/** What `exec` and `session` end with where the lease has run out already. */
const LEASE_GONE = 121;
/** On a slow machine a process can take longer to start than a short lease lasts. */
const LEASES_SECONDS = [6, 20, 60, 180] as const;

/** Runs `act` in a worker with a lease that is still there when `act`'s command starts, and is as short as this machine lets it be. */
export async function inShortLease(
  act: (worker: ShellWorker) => Promise<ProcessEnd>,
  look: (worker: ShellWorker, end: ProcessEnd) => Promise<void>,
): Promise<void> {
  for (const leaseSeconds of LEASES_SECONDS) {
    await using worker = await shellWorker();
    await worker.claim("j1", leaseSeconds);
    const end = await act(worker);
    if (end.code === LEASE_GONE && leaseSeconds !== LEASES_SECONDS.at(-1)) continue;
    await look(worker, end);
    return;
  }
}

/** Makes the worker; `policy` is YAML below the version. */
export async function shellWorker(policy = ""): Promise<ShellWorker> {
  const directory = await mkdtemp(join(tmpdir(), "watchdog-exec-"));
  const journalFile = join(directory, "state", "journal.db");
  await writeFile(join(directory, "watchdog.yaml"), `version: codex_session_watchdog_v1\n${policy}`);
  const start = (args: readonly string[], environment: NodeJS.ProcessEnv = {}): RunningProcess => {
    const child = spawn(process.execPath, ["--conditions=@worker-watchdog/source", MAIN, ...args], {
      cwd: directory,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env["PATH"],
        HOME: directory,
        WATCHDOG_WORKER_ID: "w",
        WATCHDOG_WORKER_POOL: "p",
        WATCHDOG_JOURNAL: journalFile,
        // Nobody listens there.
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
        ...environment,
      },
    });
    const stdout: Buffer[] = [];
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const ended = new Promise<ProcessEnd>((resolve) => {
      child.once("close", (code, signal) => resolve({ code, signal, stdout: Buffer.concat(stdout), stderr }));
    });
    return {
      process: child,
      ended,
      printed: (text) =>
        new Promise((resolve) => {
          const look = (): void => {
            if (Buffer.concat(stdout).includes(text)) resolve();
          };
          child.stdout.on("data", look);
          look();
        }),
    };
  };
  const run: ShellWorker["run"] = (args, environment) => start(args, environment).ended;
  const exec: ShellWorker["exec"] = (phase, script, ...options) =>
    run(["exec", "--phase", phase, ...options, "--", "sh", "-c", script]);
  return {
    directory,
    journalFile,
    start,
    run,
    exec,
    claim: (job = "j1", leaseSeconds = 900) =>
      run(["exec", "--phase", "claim", "--", "printf", "%s", jobJson(job, leaseSeconds)]),
    async status() {
      const { stdout } = await run(["status", "--json"]);
      return JSON.parse(stdout.toString()).workers[0];
    },
    journal(read) {
      const journal = openJournal({ file: journalFile });
      try {
        return read(journal);
      } finally {
        journal.close();
      }
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
