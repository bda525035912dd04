/** Remembers in the journal whether a worker's exports arrive: its processes are gone when somebody asks. */
import { type Journal, type JournalWorker, type JsonValue, workerScope } from "@worker-watchdog/sdk";

const KEY = "exports";

/** How the last exports of a worker went. */
export interface ExportRecord {
  /** Exports in a row that did not arrive whole. */
  readonly failures: number;
  /** Why the last one did not. */
  readonly reason: string;
  /** When, in unix milliseconds. */
  readonly atMillis: number;
}

/** Notes one export; nothing is written while all goes well. `reason` is undefined where it arrived. */
export function noteExport(
  journal: Journal,
  worker: JournalWorker,
  reason: string | undefined,
  nowMillis: number,
): void {
  const scope = workerScope(worker);
  journal.transaction(() => {
    const before = exportRecord(journal, worker);
    if (reason === undefined && before === undefined) return;
    const record = { failures: (before?.failures ?? 0) + 1, reason: (reason ?? "").slice(0, 200), atMillis: nowMillis };
    journal.set(scope, KEY, reason === undefined ? undefined : (record satisfies ExportRecord as unknown as JsonValue));
  });
}

/** What the journal says; undefined where the last export arrived, or none was made. */
export function exportRecord(journal: Journal, worker: JournalWorker): ExportRecord | undefined {
  const { failures, reason, atMillis } = (journal.get(workerScope(worker), KEY) ?? {}) as Readonly<
    Record<string, unknown>
  >;
  if (typeof failures !== "number" || !Number.isSafeInteger(failures) || failures < 1) return undefined;
  return {
    failures,
    reason: typeof reason === "string" ? reason : "",
    atMillis: typeof atMillis === "number" ? atMillis : 0,
  };
}
