/** Carries out what run control decides for one worker: rows, events and the job's signal (R7, alerts 16 and 19). */
import { diag } from "@opentelemetry/api";
import type { Attempt } from "../attempt/attempt.ts";
import { type AttemptRows, memoryTallies } from "../attempt/attempt-rows.ts";
import { WatchdogError } from "../errors.ts";
import { type JsonValue, workerScope } from "../journal/journal.ts";
import { ownField } from "../own-field.ts";
import type { PhaseObserver } from "../phase/phase-observer.ts";
import { EVENTS } from "../semconv/index.ts";
import type { WorkerContext } from "../worker/worker-context.ts";
import type { CancelDecision } from "./cancel-decision.ts";
import { cancelError, RunControl } from "./run-control.ts";
import { runObserver } from "./run-observer.ts";

const RUN_KEY = "run";

/** What a worker works on right now. */
export interface WorkFocus<P> {
  readonly traceId: string;
  readonly attempt: Attempt<P> | undefined;
}

/** The control of one worker. */
export class WorkerControl<P> {
  readonly #worker: WorkerContext<P>;
  readonly #control: RunControl;
  /** What a cancelled run takes down with it. */
  focus: WorkFocus<P> = { traceId: "", attempt: undefined };
  #storeTrouble: AttemptRows | undefined;

  constructor(worker: WorkerContext<P>) {
    const { run, clock, worker: identity } = worker.options;
    this.#worker = worker;
    this.#control = new RunControl({
      journal: worker.journal.behind,
      worker: identity,
      run,
      clock,
      held: () => ({ jobId: this.focus.attempt?.description.id, traceId: this.focus.traceId }),
      onCancelled: (decision, isReplay) => this.#cancelled(decision, isReplay),
    });
    if (run.id !== undefined && !worker.journal.isDurable)
      diag.warn(
        "worker-watchdog: a run.id is given and no journal that outlives the process: budgets and cancellation are off. Give createWatchdog a journal.",
      );
  }

  /** What is told of each phase; undefined where no journal outlives the process. */
  observer(): PhaseObserver | undefined {
    const { options, journal } = this.#worker;
    if (!journal.isDurable) return undefined;
    return runObserver({
      journal: journal.behind,
      worker: options.worker,
      clock: options.clock,
      control: this.#control,
      onUnusable: (error, reason) => this.#unusable(error, reason),
      onUsable: () => this.#usable(),
    }) as PhaseObserver;
  }

  /** @throws WatchdogError `run_cancelled`; `journal_unusable`. */
  assertRunnable(): void {
    try {
      this.#control.assertRunnable();
    } catch (error) {
      if (WatchdogError.isInstance(error) && error.code === "journal_unusable") this.#unusable(error, "unreadable");
      throw error;
    }
  }

  /** Looks once more, without stopping anybody but a cancelled run: a timer's call. */
  look(): void {
    this.#worker.telemetry.guard(() => void this.#control.check());
  }

  /** Milliseconds until the budget is used up; undefined where nothing is to be waited for. */
  millisLeft(): number | undefined {
    return this.#control.millisLeft();
  }

  /** Takes note of the run that the worker now belongs to: a new one ends the page of the one before. */
  begin(): void {
    const { run, worker: identity } = this.#worker.options;
    if (run.id === undefined || !this.#worker.journal.isDurable) return;
    const scope = workerScope(identity);
    const stored = this.#worker.telemetry.guard(() => this.#worker.journal.get(scope, RUN_KEY));
    if (ownField(stored, "id") === run.id) return;
    const [jobId, traceId] = [ownField(stored, "job_id"), ownField(stored, "trace_id")];
    if (typeof traceId === "string") {
      const told = memoryTallies({ "session_cancelled wall_clock": { count: 1, cleared: 0 } });
      const rows = this.#worker.rowsOf(typeof jobId === "string" ? jobId : "", traceId, told);
      rows.clear("session_cancelled");
      rows.keepUntil(this.#worker.options.clock.now());
    }
    this.#worker.telemetry.guard(() => this.#worker.journal.set(scope, RUN_KEY, { id: run.id ?? null }));
  }

  #cancelled(decision: CancelDecision, isReplay: boolean): void {
    const { options, telemetry, journal } = this.#worker;
    const { attempt, traceId } = this.focus;
    const holdMillis = options.policy.thresholds.event_hold_minutes * 60_000;
    const ids = { job_id: decision.jobId ?? null, trace_id: decision.traceId };
    telemetry.guard(() =>
      journal.set(workerScope(options.worker), RUN_KEY, { id: decision.runId, ...ids } satisfies JsonValue),
    );
    // A replay says the same row again: the same page, or the first where the process died before it could say so. Later it would be a new page.
    if (attempt !== undefined && decision.traceId === attempt.traceId) {
      if (!attempt.rows.isOpen("session_cancelled")) attempt.rows.incident("session_cancelled", "wall_clock");
    } else if (options.clock.now() < decision.atMillis + holdMillis) {
      const told = memoryTallies(isReplay ? { "session_cancelled wall_clock": { count: 1, cleared: 0 } } : {});
      const rows = this.#worker.rowsOf(decision.jobId ?? "", decision.traceId, told);
      if (isReplay) rows.writeIncidents();
      else rows.incident("session_cancelled", "wall_clock");
      rows.keepUntil(options.clock.now());
    }
    telemetry.emit(EVENTS.runCancelled, {
      jobId: decision.jobId,
      traceId: decision.traceId === "" ? traceId : decision.traceId,
      data: {
        run_id: decision.runId,
        decided_at: decision.atMillis / 1_000,
        elapsed_seconds: decision.elapsedSeconds,
        budget_seconds: decision.budgetSeconds,
      },
    });
    attempt?.stick("run_cancelled");
    attempt?.abort(cancelError(decision));
  }

  #unusable(error: WatchdogError, reason: "unreadable" | "unwritable"): void {
    this.#worker.journal.off();
    if (this.#storeTrouble !== undefined) return;
    const { attempt, traceId } = this.focus;
    this.#storeTrouble = attempt?.rows ?? this.#worker.rowsOf("", traceId);
    this.#storeTrouble.incident("control_store_unreadable", reason);
    attempt?.stick("journal_unusable");
    this.#worker.telemetry.emit(EVENTS.journalUnusable, {
      jobId: attempt?.description.id,
      traceId,
      data: { reason, failure: error.code },
    });
    diag.error(`worker-watchdog: ${this.#worker.secrets.outgoing.text(error.message, "diagnostic")}`);
  }

  #usable(): void {
    this.#worker.journal.on();
    if (this.#storeTrouble === undefined) return;
    this.#storeTrouble.clear("control_store_unreadable");
    this.#storeTrouble = undefined;
  }
}
