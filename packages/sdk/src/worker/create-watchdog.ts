/** Makes the watchdog of one worker. */
import { context } from "@opentelemetry/api";
import { createArtifactGate } from "../artifact/index.ts";
import type { HeldJob } from "../attempt/held-job.ts";
import { pause, type Timer } from "../clock.ts";
import { WatchdogError } from "../errors.ts";
import type { Heartbeat } from "../heartbeat/heartbeat.ts";
import { HeartbeatRun } from "../heartbeat/heartbeat-run.ts";
import { NoJobStreak } from "../heartbeat/no-job-streak.ts";
import { SilentHeartbeats } from "../heartbeat/silent-heartbeats.ts";
import { WorkerTrouble } from "../heartbeat/worker-trouble.ts";
import { ShortLease } from "../lease/short-lease.ts";
import { registerRowSource } from "../rows/row-sources.ts";
import type { RowSource } from "../rows/row-table.ts";
import { EVENTS } from "../semconv/index.ts";
import { keepAlive } from "./alive-timer.ts";
import type { StopReport, Watchdog } from "./watchdog.ts";
import { checkOptions, type WatchdogOptions } from "./watchdog-options.ts";
import { WorkerContext } from "./worker-context.ts";

/** What a heartbeat has to end in once its signal is aborted. */
const ABORT_GRACE_MILLIS = 2_000;
/** How long the queue may take to take back what a stopping worker holds. */
const RELEASE_MILLIS = 5_000;

/**
 * Makes the watchdog of one worker: the worker's day goes through it, phase by phase.
 *
 * @throws WatchdogError `invalid_option`, which names the option, what was found and what is allowed.
 *
 * @example
 * ```ts
 * const watchdog = createWatchdog({ worker: { id: "worker-1", pool: "reports", role: "builder" } });
 * await watchdog.heartbeat(async (beat) => {
 *   const job = await beat.claim(({ signal }) => claim(signal));
 *   if (job === undefined) return;
 *   const artifact = await job.artifact(() => publish(job));
 *   await job.complete(artifact, () => complete(job.id, artifact.url));
 * });
 * await watchdog.stop();
 * ```
 */
export function createWatchdog<P = unknown>(options: WatchdogOptions<P>): Watchdog<P> {
  const checked = checkOptions(options);
  const { artifact, checks } = checked.policy;
  return watchdogOf(new WorkerContext(checked, createArtifactGate({ settings: artifact, pass: checks.artifact.pass })));
}

/** The watchdog behind {@link createWatchdog}; its tests bring a gate of their own. */
export function watchdogOf<P>(worker: WorkerContext<P>): Watchdog<P> {
  return new WorkerWatchdog(worker);
}

class WorkerWatchdog<P> implements Watchdog<P> {
  readonly #worker: WorkerContext<P>;
  readonly #trouble: WorkerTrouble<P>;
  readonly #streak: NoJobStreak<P>;
  readonly #silent: SilentHeartbeats<P>;
  readonly #shortLease = new ShortLease();
  readonly #abort = new AbortController();
  readonly #held = new Set<HeldJob<P>>();
  readonly #aliveTimer: Timer;
  #budgetTimer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();
  #current: HeartbeatRun<P> | undefined;
  #stopping: Promise<StopReport> | undefined;

  constructor(worker: WorkerContext<P>) {
    this.#worker = worker;
    this.#trouble = new WorkerTrouble(this.#worker);
    this.#streak = new NoJobStreak(this.#worker);
    this.#silent = new SilentHeartbeats(this.#worker);
    registerRowSource(this.#worker.table);
    this.#worker.control.begin();
    this.#aliveTimer = keepAlive(this.#worker, () => this.#current?.job);
  }

  get rows(): RowSource {
    return this.#worker.table;
  }

  async heartbeat<R>(run: (beat: Heartbeat<P>) => R | PromiseLike<R>): Promise<R> {
    const before = this.#running;
    let done: () => void = () => {};
    this.#running = new Promise((resolve) => {
      done = resolve;
    });
    await before;
    try {
      return await this.#beat(run);
    } finally {
      done();
    }
  }

  stop(options: { readonly drainMillis?: number | undefined } = {}): Promise<StopReport> {
    const drainMillis = options.drainMillis ?? 10_000;
    if (!Number.isFinite(drainMillis) || drainMillis < 0) {
      throw new WatchdogError(
        "invalid_option",
        `stop: drainMillis is ${drainMillis}. Allowed: a number of milliseconds from 0 up.`,
      );
    }
    this.#stopping ??= this.#stop(drainMillis);
    return this.#stopping;
  }

  async #beat<R>(run: (beat: Heartbeat<P>) => R | PromiseLike<R>): Promise<R> {
    if (this.#stopping !== undefined) {
      throw new WatchdogError("stopped", "heartbeat was called after stop(). Make a new watchdog to start again.");
    }
    this.#worker.control.assertRunnable();
    this.#watchBudget();
    const beat = HeartbeatRun.begun<P>({
      worker: this.#worker,
      trouble: this.#trouble,
      streak: this.#streak,
      silent: this.#silent,
      shortLease: this.#shortLease,
      signal: this.#abort.signal,
    });
    this.#current = beat;
    try {
      return await context.with(beat.context, async () => run(beat));
    } finally {
      beat.end(this.#stopping !== undefined && this.#worker.options.helper.release !== undefined);
      this.#current = undefined;
      for (const job of this.#held) {
        if (job.id === beat.job?.id) job.letGo();
        if (!job.isHeld || job.id === beat.job?.id) this.#held.delete(job);
      }
      if (beat.job?.isHeld === true) this.#held.add(beat.job);
    }
  }

  async #stop(drainMillis: number): Promise<StopReport> {
    const { clock } = this.#worker.options;
    const drained = new AbortController();
    void this.#running.then(() => drained.abort());
    await pause(clock, drainMillis, drained.signal);
    if (!drained.signal.aborted) {
      const reason = new WatchdogError(
        "stopped",
        `The worker was told to stop, and ${drainMillis} ms to drain have passed.`,
      );
      this.#current?.job?.abort(reason);
      this.#abort.abort(reason);
      await pause(clock, ABORT_GRACE_MILLIS, drained.signal);
    }
    this.#aliveTimer.cancel();
    this.#budgetTimer?.cancel();
    this.#worker.runner.rest();
    const current = this.#current?.job;
    const held = [...this.#held, ...(current === undefined ? [] : [current])].filter((job) => job.isHeld);
    await Promise.all(
      held.map(async (job) => {
        if (!(await job.giveBack("stopped", RELEASE_MILLIS))) job.heartbeatEnded();
      }),
    );
    const releasedJobs = held.filter((job) => !job.isHeld).map((job) => job.id);
    const heldJobs = held.filter((job) => job.isHeld && !job.isTakenOver).map((job) => job.id);
    if (heldJobs.length === 0) this.#worker.stopped();
    this.#worker.telemetry.record(EVENTS.workerStopped, { data: { held_jobs: heldJobs, released_jobs: releasedJobs } });
    return { heldJobs, releasedJobs };
  }

  /** Cancels the run as its budget ends, also in the middle of a phase. */
  #watchBudget(): void {
    this.#budgetTimer?.cancel();
    const { control, options } = this.#worker;
    const millisLeft = control.millisLeft();
    if (millisLeft === undefined) return;
    this.#budgetTimer = options.clock.after(millisLeft + 1, () => control.look());
  }
}
