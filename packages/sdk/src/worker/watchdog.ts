/** The watchdog of one worker, as its author sees it. */
import type { Heartbeat } from "../heartbeat/heartbeat.ts";
import type { RowSource } from "../rows/row-table.ts";

/** How a worker stopped. */
export interface StopReport {
  /** Ids of the jobs that were still held: their leases run out, and page. Empty for a clean stop. */
  readonly heldJobs: readonly string[];
  /** Ids of the jobs that the queue took back (`helper.release`). */
  readonly releasedJobs: readonly string[];
}

/** Watches one worker. Made by `createWatchdog`; one live watchdog for each worker id. */
export interface Watchdog<P = unknown> {
  /**
   * Runs one heartbeat and gives what `run` returns. One at a time: a second call waits for the first.
   *
   * @throws WatchdogError `stopped` after {@link Watchdog.stop}; what `run` throws.
   */
  heartbeat<R>(run: (beat: Heartbeat<P>) => R | PromiseLike<R>): Promise<R>;
  /**
   * Signs off: no new heartbeat starts, the running one has `drainMillis` to end, then its job's signal aborts. What is still held under a living
   * lease is given back to the queue (`helper.release`). A worker that holds no job then is marked as stopped, and is not missed. May be called
   * more than once.
   *
   * @param options.drainMillis How long the running heartbeat may go on, in milliseconds. Default: 10000.
   */
  stop(options?: { readonly drainMillis?: number | undefined }): Promise<StopReport>;
  /** The worker's live rows, for an exporter of its own. */
  readonly rows: RowSource;
}
