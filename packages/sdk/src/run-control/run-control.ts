/** Says whether a phase may begin: the run's cancellation holds for ever, and a journal that fails stops the worker (R7). */
import type { Clock } from "../clock.ts";
import { WatchdogError } from "../errors.ts";
import type { Journal, JournalRecord, JournalWorker } from "../journal/journal.ts";
import { recordId } from "../journal/record-id.ts";
import { EVENTS } from "../semconv/index.ts";
import { type CancelDecision, cancelDecisionFrom } from "./cancel-decision.ts";
import type { RunSettings } from "./run-settings.ts";

/** What is held when a run is cancelled. */
export interface HeldWork {
  readonly jobId: string | undefined;
  readonly traceId: string;
}

/** What a run control works with. */
export interface RunControlParts {
  readonly journal: Journal;
  readonly worker: JournalWorker;
  readonly run: RunSettings;
  readonly clock: Clock;
  /** What the worker holds right now. */
  readonly held: () => HeldWork;
  /** Told once in each process that sees the run cancelled; a replay is one that was decided before or elsewhere. */
  readonly onCancelled: (decision: CancelDecision, isReplay: boolean) => void;
}

/** The key of a run's one cancel event. */
export function cancelKey(runId: string): string {
  return `run/${runId}/cancel`;
}

/** Controls one worker's run. With no id it cancels nothing. */
export class RunControl {
  readonly #parts: RunControlParts;
  readonly #isActive: boolean;
  #startedAtMillis: number | undefined;
  #startedAtMonotonic = 0;
  #elapsedAtStartMillis = 0;
  #decision: CancelDecision | undefined;

  constructor(parts: RunControlParts) {
    this.#parts = parts;
    this.#isActive = parts.run.id !== undefined && parts.journal.isDurable;
  }

  /** Milliseconds until the budget is used up; undefined where nothing is to be waited for. */
  millisLeft(): number | undefined {
    const { budgetSeconds } = this.#parts.run;
    if (!this.#isActive || budgetSeconds === 0 || this.#decision !== undefined) return undefined;
    if (this.#startedAtMillis === undefined) return undefined;
    return Math.max(0, budgetSeconds * 1_000 - this.#elapsedMillis());
  }

  /**
   * Looks whether the run is cancelled: the stored event first, then what this process has seen, then the current settings, so that neither a crash
   * nor a raised or disabled budget brings a cancelled run back.
   *
   * @throws WatchdogError `journal_unusable`.
   */
  check(): CancelDecision | undefined {
    const { journal, run } = this.#parts;
    if (!this.#isActive || run.id === undefined) return undefined;
    const stored = journal.recordOnce(cancelKey(run.id));
    if (stored !== undefined) return this.#cancelled(cancelDecisionFrom(run.id, stored), true);
    if (this.#decision !== undefined) return this.#decision;
    this.#start(run.id);
    if (run.budgetSeconds === 0) return undefined;
    const elapsedMillis = this.#elapsedMillis();
    if (elapsedMillis <= run.budgetSeconds * 1_000) return undefined;
    return this.#append(run.id, elapsedMillis / 1_000);
  }

  /** @throws WatchdogError `run_cancelled`; `journal_unusable`. */
  assertRunnable(): void {
    const decision = this.check();
    if (decision !== undefined) throw cancelError(decision);
  }

  /** The run begins with the first process that says so; a restart goes on with its time. */
  #start(runId: string): void {
    if (this.#startedAtMillis !== undefined) return;
    const { clock, journal } = this.#parts;
    const first = journal.append(this.#record(EVENTS.runStarted, { run_id: runId, started_at: clock.now() / 1_000 }), {
      once: `run/${runId}/start`,
    });
    this.#startedAtMillis = first.atMillis;
    this.#startedAtMonotonic = clock.monotonic();
    this.#elapsedAtStartMillis = Math.max(0, clock.now() - first.atMillis);
  }

  // The larger of both clocks: a wall clock that is set back does not prolong a run.
  #elapsedMillis(): number {
    const { clock } = this.#parts;
    const monotonic = this.#elapsedAtStartMillis + clock.monotonic() - this.#startedAtMonotonic;
    return Math.max(monotonic, clock.now() - (this.#startedAtMillis ?? clock.now()));
  }

  #append(runId: string, elapsedSeconds: number): CancelDecision {
    const { journal, clock, run } = this.#parts;
    const event = this.#record(EVENTS.runCancelled, {
      run_id: runId,
      decided_at: clock.now() / 1_000,
      elapsed_seconds: elapsedSeconds,
      budget_seconds: run.budgetSeconds,
    });
    const first = journal.append(event, { once: cancelKey(runId) });
    return this.#cancelled(cancelDecisionFrom(runId, first), first.id !== event.id);
  }

  #record(name: JournalRecord["name"], data: JournalRecord["data"]): JournalRecord {
    const { worker, clock, held } = this.#parts;
    const { jobId, traceId } = held();
    return {
      kind: "worker_watchdog_event",
      id: recordId(),
      name,
      atMillis: clock.now(),
      workerPool: worker.pool,
      workerId: worker.id,
      jobId,
      traceId,
      data,
    };
  }

  #cancelled(decision: CancelDecision, isReplay: boolean): CancelDecision {
    if (this.#decision === undefined) {
      this.#decision = decision;
      this.#parts.onCancelled(decision, isReplay);
    }
    return this.#decision;
  }
}

/** What a phase of a cancelled run throws. */
export function cancelError(decision: CancelDecision): WatchdogError {
  return new WatchdogError(
    "run_cancelled",
    `Run ${decision.runId} was cancelled at ${new Date(decision.atMillis).toISOString()}, after ${Math.round(decision.elapsedSeconds)} s of a budget of ` +
      `${decision.budgetSeconds} s. It stays cancelled, whatever the budget is now: start a new run.id to go on.`,
  );
}
