/** Remembers in the journal which command of a worker runs, so that the next process knows what became of one whose process was killed. */
import { type Journal, type JournalWorker, type JsonValue, WatchdogError, workerScope } from "@worker-watchdog/sdk";
import { isRunning, markOf, type ProcessMark } from "./process-mark.ts";

const KEY = "exec";

/** A command that runs, or ran when its process was killed. */
export interface RunningCommand {
  readonly phase: string;
  readonly exec: ProcessMark;
  /** The command itself; null before it has started. */
  readonly child: ProcessMark | null;
  /** Unix seconds. */
  readonly startedAt: number;
}

/** What became of an earlier command of the same phase. */
export type EarlierCommand =
  /** Its `watchdog exec` runs. */
  | { readonly kind: "running"; readonly command: RunningCommand }
  /** Its `watchdog exec` was killed, and it runs on without. */
  | { readonly kind: "orphaned"; readonly command: RunningCommand }
  /** Both were killed: whether it did its work is not known. */
  | { readonly kind: "killed"; readonly command: RunningCommand };

/** The commands of one worker. */
export class RunningCommands {
  readonly #journal: Journal;
  readonly #worker: JournalWorker;
  readonly #now: () => number;
  readonly #runs: (mark: ProcessMark) => boolean;

  constructor(
    journal: Journal,
    worker: JournalWorker,
    options: { readonly now?: () => number; readonly runs?: (mark: ProcessMark) => boolean } = {},
  ) {
    this.#journal = journal;
    this.#worker = worker;
    this.#now = options.now ?? Date.now;
    this.#runs = options.runs ?? isRunning;
  }

  /**
   * Notes that this process begins a command of `phase`, and tells what became of the one before it, where that did not end properly. With
   * `mustBeAlone`, nothing is noted while the other one runs.
   */
  begin(phase: string, mustBeAlone: boolean): EarlierCommand | undefined {
    return this.#journal.transaction(() => {
      const commands = this.#read();
      const earlier = this.#earlier(commands.find((command) => command.phase === phase));
      if (mustBeAlone && earlier !== undefined && earlier.kind !== "killed") return earlier;
      this.#write([
        ...commands.filter((command) => command.phase !== phase),
        { phase, exec: markOf(process.pid), child: null, startedAt: this.#now() / 1_000 },
      ]);
      return earlier;
    });
  }

  /** Notes the command's own process. */
  started(phase: string, pid: number): void {
    this.#change(phase, (command) => ({ ...command, child: markOf(pid) }));
  }

  /** The command has ended, and its end is recorded. */
  ended(phase: string): void {
    this.#change(phase, () => undefined);
  }

  /** The commands whose end nobody recorded, and those that run. */
  all(): readonly EarlierCommand[] {
    return this.#read().flatMap((command) => this.#earlier(command) ?? []);
  }

  #earlier(command: RunningCommand | undefined): EarlierCommand | undefined {
    if (command === undefined) return undefined;
    if (this.#runs(command.exec)) return { kind: "running", command };
    return command.child !== null && this.#runs(command.child)
      ? { kind: "orphaned", command }
      : { kind: "killed", command };
  }

  #change(phase: string, change: (command: RunningCommand) => RunningCommand | undefined): void {
    this.#journal.transaction(() => {
      const commands = this.#read();
      // Another process's command of the same phase is that one's.
      const changed = commands.flatMap((command) =>
        command.phase === phase && command.exec.pid === process.pid ? (change(command) ?? []) : command,
      );
      this.#write(changed);
    });
  }

  #read(): readonly RunningCommand[] {
    const stored = this.#journal.get(workerScope(this.#worker), KEY);
    return Array.isArray(stored) ? stored.flatMap((entry: JsonValue) => runningCommandFrom(entry) ?? []) : [];
  }

  #write(commands: readonly RunningCommand[]): void {
    const stored = commands.length === 0 ? undefined : (commands as unknown as JsonValue);
    this.#journal.set(workerScope(this.#worker), KEY, stored);
  }
}

/** The refusal of a command that must not run beside another of its phase. */
export function alreadyRunning({ kind, command }: EarlierCommand): WatchdogError {
  const { phase, exec, child } = command;
  const who =
    kind === "running"
      ? `process ${exec.pid} runs the ${phase} phase`
      : `process ${child?.pid} still runs the ${phase} phase, though its watchdog exec was killed`;
  return new WatchdogError(
    "second_primary_job",
    `watchdog exec: ${who}, allowed one at a time. Wait until it has ended, or end it.`,
  );
}

function runningCommandFrom(value: JsonValue): RunningCommand | undefined {
  const { phase, exec, child, startedAt } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const execMark = markFrom(exec);
  if (typeof phase !== "string" || execMark === undefined) return undefined;
  return {
    phase,
    exec: execMark,
    child: markFrom(child) ?? null,
    startedAt: typeof startedAt === "number" ? startedAt : 0,
  };
}

function markFrom(value: unknown): ProcessMark | undefined {
  const { pid, startedAt } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof pid !== "number" || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return { pid, startedAt: typeof startedAt === "string" ? startedAt : null };
}
