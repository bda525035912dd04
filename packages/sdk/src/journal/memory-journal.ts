/** The journal that a library has by default: it lives and ends with the process, and its size is bounded. */
import type { Journal, JournalRecord, JsonValue, RecordQuery } from "./journal.ts";

/** A journal in memory, which can be looked at. */
export interface MemoryJournal extends Journal {
  /** The audit events kept (records of kind `worker_watchdog_event`), oldest first. */
  readonly events: readonly JournalRecord[];
}

/**
 * A journal that lives and ends with the process. It keeps the newest `capacity` records, and of records that were appended once, all.
 *
 * @param options.capacity How many records it keeps. Default: 1000.
 */
export function memoryJournal(options: { readonly capacity?: number | undefined } = {}): MemoryJournal {
  const capacity = options.capacity ?? 1_000;
  // A ring: moving a thousand records for each new one would be the dearest part of a phase.
  const ring: JournalRecord[] = [];
  let next = 0;
  const once = new Map<string, JournalRecord>();
  const scopes = new Map<string, Map<string, JsonValue>>();
  let undo: (() => void)[] | undefined;
  const kept = (): JournalRecord[] => [...ring.slice(next), ...ring.slice(0, next)];
  const store = (scope: string, key: string, value: JsonValue | undefined): void => {
    let values = scopes.get(scope);
    if (value === undefined) {
      values?.delete(key);
      if (values?.size === 0) scopes.delete(scope);
      return;
    }
    if (values === undefined) {
      values = new Map();
      scopes.set(scope, values);
    }
    values.set(key, value);
  };
  const takeBack = (length: number, at: number, before: JournalRecord | undefined) => (): void => {
    if (ring.length > length) ring.pop();
    else if (before !== undefined) ring[at] = before;
    next = at;
  };
  return {
    isDurable: false,
    get events() {
      return kept().filter(({ kind }) => kind === "worker_watchdog_event");
    },
    append(record, { once: key } = {}) {
      if (key !== undefined) {
        const first = once.get(key);
        if (first !== undefined) return first;
        once.set(key, record);
        undo?.push(() => once.delete(key));
      }
      undo?.push(takeBack(ring.length, next, ring[next]));
      if (ring.length < capacity) ring.push(record);
      else {
        ring[next] = record;
        next = (next + 1) % capacity;
      }
      return record;
    },
    recordOnce: (key) => once.get(key),
    records: (query = {}) =>
      kept()
        .filter((record) => matches(record, query))
        .slice(-(query.limit ?? 100)),
    get: (scope, key) => scopes.get(scope)?.get(key),
    set(scope, key, value) {
      const before = scopes.get(scope)?.get(key);
      undo?.push(() => store(scope, key, before));
      // A value is kept as it is now: what the caller does to its own copy later is not stored.
      store(scope, key, typeof value === "object" ? structuredClone(value) : value);
    },
    scopes: (key) =>
      [...scopes]
        .filter(([, values]) => values.has(key))
        .map(([scope]) => scope)
        .sort(),
    transaction(action) {
      if (undo !== undefined) return action();
      undo = [];
      try {
        return action();
      } catch (error) {
        for (const step of undo.reverse()) step();
        throw error;
      } finally {
        undo = undefined;
      }
    },
  };
}

function matches(record: JournalRecord, query: RecordQuery): boolean {
  return (
    (query.kind === undefined || record.kind === query.kind) &&
    (query.name === undefined || record.name === query.name) &&
    (query.jobId === undefined || record.jobId === query.jobId) &&
    (query.traceId === undefined || record.traceId === query.traceId) &&
    (query.worker === undefined || (record.workerPool === query.worker.pool && record.workerId === query.worker.id))
  );
}
