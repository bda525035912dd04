/** A command as the function of a phase: each try runs it once, and what the last one ended with is what `watchdog exec` ends with. */
import { type PhaseContext, WatchdogError } from "@worker-watchdog/sdk";
import type { ChildEnd, RunningChild } from "../child/start-child.ts";
import { startChild } from "../child/start-child.ts";
import { exitReason, phaseResult, type ResultReading } from "./phase-result.ts";

/** What a command needs. */
export interface PhaseCommandParts {
  readonly command: readonly string[];
  readonly reading: ResultReading;
  /** Whether a result names a job: then a late one is used, and the command is not run again (R6). */
  readonly namesJob: (result: unknown) => boolean;
  /** Bound of the phase, in milliseconds; undefined for the worker's own work (R6.6). */
  readonly timeoutMillis: number | undefined;
  /** Its variables, beside this process's and the trace context. */
  readonly variables: (overrides?: { readonly artifactKinds?: readonly string[] }) => Readonly<Record<string, string>>;
  readonly environment: NodeJS.ProcessEnv;
  /** Called when the command has started, has given output (seldom), and has ended, while the phase's span is active. */
  readonly onStart: (child: RunningChild) => void;
  readonly onOutput: () => void;
  readonly onEnd: (end: ChildEnd, errorCode: string | null) => void;
  /** The signal that this process was asked to end by: no further try then. */
  readonly stopSignal: () => NodeJS.Signals | undefined;
}

/** So long before the phase's bound, the JSON of a command that has answered but does not end is taken as its answer. */
const BEFORE_BOUND_MILLIS = 500;
/** Signs of progress: no oftener. */
const OUTPUT_MILLIS = 5_000;

/** Runs one command for one phase. */
export class PhaseCommand {
  readonly #parts: PhaseCommandParts;
  #tries: Promise<ChildEnd>[] = [];
  #last: ChildEnd | undefined;
  #lastOutputAt = Number.NEGATIVE_INFINITY;

  constructor(parts: PhaseCommandParts) {
    this.#parts = parts;
  }

  /** How the last try ended; undefined while none has. */
  get last(): ChildEnd | undefined {
    return this.#last;
  }

  /** Whether it was run at all. */
  get hasRun(): boolean {
    return this.#tries.length > 0;
  }

  /** Settles when every try has ended: also those that the phase no longer waits for. */
  async ended(): Promise<void> {
    await Promise.all(this.#tries);
  }

  /** The phase's function. */
  readonly run = async (
    call: PhaseContext,
    overrides: { readonly artifactKinds?: readonly string[] } = {},
  ): Promise<unknown> => {
    const { reading, namesJob, stopSignal } = this.#parts;
    // The one before was aborted, and may be at its last words: two at once would be two claims.
    const before = await this.#tries.at(-1);
    if (before?.wasAborted === true && before.output.json.object !== undefined) {
      const late = before.output.json.object;
      if (reading.passes(late) && namesJob(late)) return late;
    }
    const stopped = stopSignal();
    if (stopped !== undefined) {
      throw new WatchdogError("stopped", `watchdog exec got ${stopped}: the command is not run again.`);
    }
    call.signal.throwIfAborted();
    return await this.#try(call, overrides);
  };

  async #try(call: PhaseContext, overrides: { readonly artifactKinds?: readonly string[] }): Promise<unknown> {
    const { command, environment, variables, timeoutMillis, reading, onStart, onEnd } = this.#parts;
    const child = startChild({
      command,
      environment: { ...environment, ...variables(overrides), ...call.env },
      signal: call.signal,
      onOutput: () => this.#output(),
    });
    this.#tries.push(child.ended);
    onStart(child);
    let lingering: NodeJS.Timeout | undefined;
    const answered = new Promise<{ readonly object: unknown }>((resolve) => {
      if (timeoutMillis === undefined) return;
      lingering = setTimeout(
        () => {
          const { object } = child.json();
          if (object !== undefined) resolve({ object });
        },
        Math.max(0, timeoutMillis - BEFORE_BOUND_MILLIS),
      );
    });
    const ended = child.ended.then((end) => {
      clearTimeout(lingering);
      this.#last = end;
      try {
        const result = phaseResult(end, reading);
        onEnd(end, null);
        return result;
      } catch (error) {
        onEnd(end, codeOf(error, end));
        throw error;
      }
    });
    ended.catch(() => {});
    return await Promise.race([ended, answered.then(({ object }) => object)]);
  }

  #output(): void {
    const now = performance.now();
    if (now - this.#lastOutputAt < OUTPUT_MILLIS) return;
    this.#lastOutputAt = now;
    this.#parts.onOutput();
  }
}

function codeOf(error: unknown, end: ChildEnd): string {
  return (WatchdogError.isInstance(error) ? error.reason : undefined) ?? exitReason(end);
}
