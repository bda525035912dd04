/** A worker whose phases run in processes of their own: what lies between them is in the journal (R2.3). */

import { createArtifactGate } from "../artifact/index.ts";
import { Attempt } from "../attempt/attempt.ts";
import { type AttemptState, isWorkedOn } from "../attempt/attempt-state.ts";
import type { HeldJob } from "../attempt/held-job.ts";
import type { Job } from "../attempt/job.ts";
import type { Timer } from "../clock.ts";
import { WatchdogError } from "../errors.ts";
import type { Heartbeat } from "../heartbeat/heartbeat.ts";
import { type HeartbeatParts, type HeartbeatProgress, HeartbeatRun } from "../heartbeat/heartbeat-run.ts";
import { NoJobStreak } from "../heartbeat/no-job-streak.ts";
import { SilentHeartbeats } from "../heartbeat/silent-heartbeats.ts";
import { WorkerTrouble } from "../heartbeat/worker-trouble.ts";
import { type Journal, workerScope } from "../journal/journal.ts";
import { ShortLease } from "../lease/short-lease.ts";
import { contextBelow } from "../phase/trace-context.ts";
import { registerRowSource } from "../rows/row-sources.ts";
import type { RowSource } from "../rows/row-table.ts";
import { type SessionLog, WorkerSessionLog } from "../session/session-log.ts";
import { keepAlive } from "../worker/alive-timer.ts";
import { checkOptions, type WatchdogOptions } from "../worker/watchdog-options.ts";
import { WorkerContext } from "../worker/worker-context.ts";
import { claimTotals } from "./claim-totals.ts";
import { heartbeatJson, type StoredHeartbeat, storedHeartbeatFrom } from "./stored-heartbeat.ts";
import { UndeliveredAttempts } from "./undelivered-attempts.ts";

const HEARTBEAT_KEY = "heartbeat";

/** The phases that come before a job. */
export type HeartbeatPhase = "doctor" | "touch" | "claim";

/** One process of a one-shot worker. */
export interface OneShotWorker<P = unknown> {
  /** Every live row of the worker, also of what earlier processes did, and its claim totals. */
  readonly rows: RowSource;
  /**
   * The heartbeat that `phase` belongs to: the open one, or a new one where that has had its claim or had this phase. While a job is held, its
   * heartbeat goes on, and a claim in it is refused.
   */
  heartbeat(phase: HeartbeatPhase): Heartbeat<P>;
  /**
   * The job that the worker holds, by the journal; undefined where it holds none. Its payload is what the claim's process had, and is not stored.
   *
   * @throws WatchdogError `job_settled` where `jobId` is given and is not the job that is held.
   */
  job(jobId?: string): Job<P> | undefined;
  /** The agent's session behind the worker, and behind the job that it holds. */
  session(): SessionLog;
  /** A receiver has acknowledged {@link OneShotWorker.rows}: what has ended need not be told again. */
  delivered(): void;
  /** Stops the timers of this process. Nothing is settled: the next process goes on. */
  close(): void;
}

/**
 * Opens a worker for one phase.
 *
 * @throws WatchdogError `invalid_option`, also for a journal that does not outlive the process; `journal_unusable`.
 *
 * @example
 * ```ts
 * const worker = openOneShotWorker({ worker: { id: "worker-1", pool: "reports" }, journal: openJournal({ file: "journal.db" }) });
 * await worker.job()?.progress("building_artifact", () => report());
 * worker.close();
 * ```
 */
export function openOneShotWorker<P = unknown>(
  options: WatchdogOptions<P> & { readonly journal: Journal },
): OneShotWorker<P> {
  const checked = checkOptions(options);
  if (!checked.journal.isDurable) {
    throw new WatchdogError(
      "invalid_option",
      "openOneShotWorker: journal lives in this process alone. Allowed: one that outlives it, such as openJournal({ file }).",
    );
  }
  const { policy } = checked;
  return new OneShot<P>(
    new WorkerContext(checked, createArtifactGate({ settings: policy.artifact, pass: policy.checks.artifact.pass })),
  );
}

/** The worker behind {@link openOneShotWorker}; its tests bring a gate of their own. */
export function oneShotWorkerOf<P>(worker: WorkerContext<P>): OneShotWorker<P> {
  return new OneShot(worker);
}

class OneShot<P> implements OneShotWorker<P> {
  readonly rows: RowSource;
  readonly #worker: WorkerContext<P>;
  readonly #parts: HeartbeatParts<P>;
  readonly #undelivered: UndeliveredAttempts<P>;
  readonly #earlier: readonly Attempt<P>[];
  readonly #timer: Timer;
  readonly #unregister: () => void;
  #run: HeartbeatRun<P> | undefined;

  constructor(worker: WorkerContext<P>) {
    this.#worker = worker;
    worker.useClaimTotals(claimTotals(worker));
    this.#parts = {
      worker,
      trouble: new WorkerTrouble(worker),
      streak: new NoJobStreak(worker),
      silent: new SilentHeartbeats(worker),
      shortLease: new ShortLease(),
      signal: new AbortController().signal,
    };
    this.#undelivered = new UndeliveredAttempts(worker);
    this.#earlier = this.#undelivered.read(worker.attempts.read()).map((state) => Attempt.resumed(worker, state));
    for (const attempt of this.#earlier) attempt.rows.keepUntil(worker.options.clock.now());
    this.rows = {
      rows: (nowMillis) => {
        // Another process of this worker may have renewed the lease, or settled the job, since.
        this.#run?.job?.refresh();
        return worker.table.rows(nowMillis);
      },
      onUrgentChange: (listener) => worker.table.onUrgentChange(listener),
    };
    this.#unregister = registerRowSource(this.rows);
    worker.control.begin();
    this.#timer = keepAlive(worker, () => this.#run?.job);
  }

  heartbeat(phase: HeartbeatPhase): Heartbeat<P> {
    this.#worker.control.assertRunnable();
    const run = this.#runFor(phase);
    this.#run = run;
    const saved = async <R>(result: Promise<R>): Promise<R> => {
      try {
        return await result;
      } finally {
        this.#save(run);
      }
    };
    return {
      traceId: run.traceId,
      doctor: (call) => saved(run.doctor(call)),
      touch: (call) => saved(run.touch(call)),
      claim: (call) => {
        // Should this process be killed in its claim, the job that it may have got is not joined by a second one.
        this.#save(run, { ...run.progress, claim: run.progress.claim ?? "failed" });
        return saved(run.claim(call));
      },
      resume: () => this.job(),
    };
  }

  job(jobId?: string): Job<P> | undefined {
    const held = this.#run?.job ?? this.#resume();
    if (jobId !== undefined && held?.id !== jobId) {
      throw new WatchdogError(
        "job_settled",
        `Worker ${this.#worker.options.worker.id} does not hold job ${jobId}; it holds ${held === undefined ? "none" : held.id}. ` +
          "Claim the job first, or leave the id out.",
      );
    }
    return held;
  }

  session(): SessionLog {
    return this.job()?.session ?? new WorkerSessionLog(this.#worker, undefined);
  }

  delivered(): void {
    this.#parts.trouble.delivered(this.#stored()?.traceId);
    this.#undelivered.delivered([...this.#earlier.map(({ snapshot }) => snapshot), this.#run?.job?.snapshot]);
  }

  close(): void {
    this.#timer.cancel();
    this.#run?.endSpan();
    this.#run?.job?.letGo();
    this.#unregister();
  }

  #resume(): HeldJob<P> | undefined {
    const state = this.#heldState();
    if (state === undefined) return undefined;
    const stored = this.#stored();
    const progress =
      stored?.traceId === state.traceId
        ? stored.progress
        : { doctorOk: null, touchOk: null, claim: "job" as const, jobId: state.jobId };
    const place = { traceId: state.traceId, spanId: state.parentSpanId, traceFlags: state.traceFlags };
    this.#run = HeartbeatRun.continued(this.#parts, { traceId: state.traceId, context: contextBelow(place) }, progress);
    return this.#run.adopt(Attempt.resumed(this.#worker, state));
  }

  /** The attempt that is still worked on. */
  #heldState(): AttemptState | undefined {
    const state = this.#worker.attempts.read();
    return state !== undefined && isWorkedOn(state) ? state : undefined;
  }

  #stored(): StoredHeartbeat | undefined {
    return storedHeartbeatFrom(this.#worker.journal.get(workerScope(this.#worker.options.worker), HEARTBEAT_KEY));
  }

  #runFor(phase: HeartbeatPhase): HeartbeatRun<P> {
    const held = this.#heldState();
    if (held !== undefined && held.leaseExpiresAt * 1_000 - held.queueOffsetMillis > this.#worker.options.clock.now()) {
      this.#resume();
      if (this.#run !== undefined) return this.#run;
    }
    // The lease is over: so is the heartbeat that held it.
    if (held !== undefined) this.#resume()?.heartbeatEnded();
    const stored = this.#stored();
    if (stored !== undefined && held === undefined && isOpenFor(stored, phase)) {
      return HeartbeatRun.continued(
        this.#parts,
        { traceId: stored.traceId, context: contextBelow(stored) },
        stored.progress,
      );
    }
    if (stored !== undefined && held === undefined && stored.progress.claim === null)
      HeartbeatRun.continued(
        this.#parts,
        { traceId: stored.traceId, context: contextBelow(stored) },
        stored.progress,
      ).end();
    // No process of its own ends a heartbeat of one-shot commands: the next one begins.
    if (stored !== undefined) {
      const attempt = this.#worker.attempts.read();
      const { silent, streak } = this.#parts;
      silent.ended(stored.traceId, attempt?.traceId === stored.traceId ? attempt : undefined, streak.isProposalOpen);
    }
    const run = HeartbeatRun.begun(this.#parts);
    run.endSpan();
    this.#save(run);
    return run;
  }

  #save(run: HeartbeatRun<P>, progress: HeartbeatProgress = run.progress): void {
    const { journal, telemetry, options } = this.#worker;
    telemetry.guard(() =>
      journal.set(workerScope(options.worker), HEARTBEAT_KEY, heartbeatJson(run.traceId, run.context, progress)),
    );
  }
}

function isOpenFor({ progress }: StoredHeartbeat, phase: HeartbeatPhase): boolean {
  if (progress.claim !== null) return false;
  if (phase === "doctor") return progress.doctorOk === null && progress.touchOk === null;
  return phase === "claim" || progress.touchOk === null;
}
