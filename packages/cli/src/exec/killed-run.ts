/** Closes the record of a phase whose process was killed: it began, and no process is left that could say how it ended. */
import type { Journal, JournalRecord, JournalWorker } from "@worker-watchdog/sdk";

/** Appends the end of the newest run of `phase` that has none. */
export function closeKilledRun(journal: Journal, worker: JournalWorker, phase: string, nowMillis: number): void {
  const newest = new Map<string, JournalRecord>();
  for (const run of journal.records({ kind: "worker_run", worker: { pool: worker.pool, id: worker.id } })) {
    if (run.data["phase"] === phase) newest.set(run.id, run);
  }
  const open = [...newest.values()].findLast(({ data }) => data["status"] === "started");
  if (open === undefined) return;
  journal.append({
    ...open,
    atMillis: nowMillis,
    data: { ...open.data, status: "stuck", error_code: "process_killed", ended: nowMillis / 1_000 },
  });
}
