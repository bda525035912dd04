/** Where a worker's records and lasting state go: in memory unless the worker brings a journal that outlives it. */
import type { EventName, RecordKind } from "../semconv/index.ts";

/** A value that can be written as JSON. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** One record of what happened (R9.1, R9.4). It holds codes, ids and numbers, never the output of a phase. */
export interface JournalRecord {
  /** What kind of record it is; its fields stand in the reference. */
  readonly kind: RecordKind;
  /** Its id. Records of one id are versions of one thing: the newest holds. */
  readonly id: string;
  /** When, in unix milliseconds by the worker's clock. */
  readonly atMillis: number;
  readonly workerPool: string;
  readonly workerId: string;
  /** The event's name; on records of kind `worker_watchdog_event` alone. */
  readonly name?: EventName | undefined;
  /** The job, where there is one. */
  readonly jobId?: string | undefined;
  /** Trace id of the heartbeat or attempt. */
  readonly traceId?: string | undefined;
  /** The record's fields, by snake_case name. */
  readonly data: Readonly<Record<string, JsonValue>>;
}

/** Which records to read: those that match every part that is given. */
export interface RecordQuery {
  /** Of one kind. Default: of every kind. */
  readonly kind?: RecordKind | undefined;
  /** Events of one name. Default: of every name. */
  readonly name?: EventName | undefined;
  /** Of one worker. Default: of every worker. */
  readonly worker?: JournalWorker | undefined;
  /** Of one job. Default: of every job, and of none. */
  readonly jobId?: string | undefined;
  /** Of one attempt or heartbeat. Default: of every one. */
  readonly traceId?: string | undefined;
  /** At most so many, the newest. Default: 100. */
  readonly limit?: number | undefined;
}

/** Which worker. */
export interface JournalWorker {
  readonly pool: string;
  readonly id: string;
}

/**
 * An append-only list of records, and small lasting values by scope and key. Several processes of one machine may use one journal at once.
 *
 * Every call is synchronous and throws `WatchdogError` `journal_unusable` where the journal can not be read or written. What a call has written
 * outlives the process as soon as it returns; a crash inside a call leaves all or nothing of it.
 */
export interface Journal {
  /** Whether it outlives the process. */
  readonly isDurable: boolean;
  /**
   * Appends one record and returns it.
   *
   * @param options.once A key under which one record is appended, ever: where there is one already, nothing is written and that one is returned.
   * Such a record is on the disk, not only in the operating system's hands, before the call returns.
   */
  append(record: JournalRecord, options?: { readonly once?: string | undefined }): JournalRecord;
  /** The record that was appended under a `once` key. */
  recordOnce(key: string): JournalRecord | undefined;
  /** Records that match, oldest first. */
  records(query?: RecordQuery): readonly JournalRecord[];
  /** The value under a key; undefined where there is none, or what is stored is not JSON. */
  get(scope: string, key: string): JsonValue | undefined;
  /** Stores a value, or removes it with undefined. */
  set(scope: string, key: string, value: JsonValue | undefined): void;
  /** The scopes that have a value under `key`, in order. */
  scopes(key: string): readonly string[];
  /** Runs `action` alone among all processes: all of its writes are kept, or none where it throws. Calls may nest: the outermost one counts. */
  transaction<T>(action: () => T): T;
}

/** The scope of what is kept for one worker. */
export function workerScope(worker: JournalWorker): string {
  return `worker/${encodeURIComponent(worker.pool)}/${encodeURIComponent(worker.id)}`;
}

/** The scope of what is kept for one job, whichever worker holds it. */
export function jobScope(jobId: string): string {
  return `job/${encodeURIComponent(jobId)}`;
}

/** The scope of what is kept for one budgeted run. */
export function runScope(runId: string): string {
  return `run/${encodeURIComponent(runId)}`;
}
