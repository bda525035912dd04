/** Writes a record of each run of a phase, and lets none begin whose record can not be written (R7.3, R9.1). */
import type { Clock } from "../clock.ts";
import { WatchdogError } from "../errors.ts";
import type { Journal, JournalRecord, JournalWorker } from "../journal/journal.ts";
import { recordId } from "../journal/record-id.ts";
import type { ObservedPhase, PhaseObserver } from "../phase/phase-observer.ts";
import type { PhaseOutcome } from "../phase/phase-outcome.ts";
import type { RunControl } from "./run-control.ts";

/** What a run observer works with. */
export interface RunObserverParts {
  readonly journal: Journal;
  readonly worker: JournalWorker;
  readonly clock: Clock;
  readonly control: RunControl;
  /** The journal failed, and the phase does not begin. */
  readonly onUnusable: (error: WatchdogError, reason: "unreadable" | "unwritable") => void;
  /** The journal works. */
  readonly onUsable: () => void;
}

interface RunToken {
  readonly id: string;
  readonly startedAtMillis: number;
}

/** The observer of a worker whose journal is durable. */
export function runObserver(parts: RunObserverParts): PhaseObserver<RunToken> {
  const { journal, worker, clock, control } = parts;
  const begun = new WeakMap<ObservedPhase, RunToken>();
  const write = (phase: ObservedPhase, token: RunToken, data: JournalRecord["data"]): void => {
    journal.append({
      kind: "worker_run",
      id: token.id,
      atMillis: clock.now(),
      workerPool: worker.pool,
      workerId: worker.id,
      jobId: phase.jobId,
      traceId: phase.traceId,
      data: { phase: phase.phase, started: token.startedAtMillis / 1_000, ...data },
    });
  };
  return {
    assertRunnable(phase) {
      const token = { id: recordId(), startedAtMillis: clock.now() };
      const stop = (error: unknown, reason: "unreadable" | "unwritable"): never => {
        if (WatchdogError.isInstance(error) && error.code === "run_cancelled") throw error;
        const told = stopError(error, phase.phase);
        parts.onUnusable(told, reason);
        throw told;
      };
      try {
        control.assertRunnable();
      } catch (error) {
        stop(error, "unreadable");
      }
      try {
        write(phase, token, { status: "started", error_code: null, ended: null });
      } catch (error) {
        stop(error, "unwritable");
      }
      begun.set(phase, token);
      parts.onUsable();
    },
    started: (phase) => begun.get(phase) ?? { id: recordId(), startedAtMillis: clock.now() },
    ended(phase, outcome, token) {
      const end = (): void => {
        if (token !== undefined) write(phase, token, { ...ending(outcome), ended: clock.now() / 1_000 });
      };
      const { onPassed } = phase;
      if (outcome.status !== "ok" || onPassed === undefined) {
        end();
        return;
      }
      journal.transaction(() => {
        end();
        onPassed();
      });
    },
  };
}

function ending(outcome: PhaseOutcome<unknown>): JournalRecord["data"] {
  return {
    status: outcome.status,
    error_code: outcome.status === "ok" ? null : outcome.failure.code,
  };
}

function stopError(cause: unknown, phase: string): WatchdogError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new WatchdogError(
    "journal_unusable",
    `The ${phase} phase was not begun: the worker's journal failed, and what can not be recorded is not done. ${why}`,
    { cause },
  );
}
