/** Where a worker's records go: in memory unless the worker brings a journal that outlives it. */
import type { EventName } from "./semconv/index.ts";

/** A value that can be written as JSON. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** One record of what happened (R9.4). It holds codes, ids and numbers, never the output of a phase. */
export interface JournalEvent {
  /** What happened. */
  readonly name: EventName;
  /** When, in unix milliseconds by the worker's clock. */
  readonly atMillis: number;
  readonly workerPool: string;
  readonly workerId: string;
  /** The job, where there is one. */
  readonly jobId?: string | undefined;
  /** Trace id of the heartbeat or attempt. */
  readonly traceId?: string | undefined;
  /** Facts beside these, by snake_case key. */
  readonly data?: Readonly<Record<string, JsonValue>> | undefined;
}

/** Which worker. */
export interface JournalWorker {
  readonly pool: string;
  readonly id: string;
}

/** An append-only record of a worker. A journal that throws is reported and does not stop the worker. */
export interface Journal {
  /** Appends one event. */
  append(event: JournalEvent): void;
  /** The worker's count of consecutive empty claims, 0 where none is stored. */
  noJobStreak(worker: JournalWorker): number;
  /** Stores the count, so that it outlives the process. */
  setNoJobStreak(worker: JournalWorker, streak: number): void;
}

/**
 * A journal that lives and ends with the process. It keeps the newest `capacity` events.
 *
 * @param options.capacity How many events it keeps. Default: 1000.
 */
export function memoryJournal(options: { readonly capacity?: number | undefined } = {}): Journal & {
  /** The events kept, oldest first. */
  readonly events: readonly JournalEvent[];
} {
  const capacity = options.capacity ?? 1_000;
  const events: JournalEvent[] = [];
  const streaks = new Map<string, number>();
  const key = (worker: JournalWorker): string => `${worker.pool}\u0000${worker.id}`;
  return {
    events,
    append(event) {
      if (events.length >= capacity) events.shift();
      events.push(event);
    },
    noJobStreak: (worker) => streaks.get(key(worker)) ?? 0,
    setNoJobStreak: (worker, streak) => void streaks.set(key(worker), streak),
  };
}
