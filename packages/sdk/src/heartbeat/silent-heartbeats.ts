/** Counts consecutive heartbeats that came to nothing and told nobody: the loop that looks alive (R4 alert 8). */
import type { AttemptState } from "../attempt/attempt-state.ts";
import { workerScope } from "../journal/journal.ts";
import { ownField, storedCount } from "../own-field.ts";
import { KEPT_ROWS } from "../rows/row-table.ts";
import type { WorkerContext } from "../worker/worker-context.ts";

/** Where the journal keeps the count, and the heartbeat that was counted last. */
const SILENT_KEY = "silent_heartbeats";

/** The silent heartbeats of one worker, kept in its journal over restarts. */
export class SilentHeartbeats<P> {
  readonly #worker: WorkerContext<P>;

  constructor(worker: WorkerContext<P>) {
    this.#worker = worker;
  }

  /** Judges a heartbeat that has ended, once, whichever process sees it. */
  ended(traceId: string, attempt: Readonly<AttemptState> | undefined, isProposalOpen: boolean): void {
    const { journal, worker } = this.#worker.options;
    const scope = workerScope(worker);
    const count = this.#worker.telemetry.guard(() =>
      journal.transaction(() => {
        const stored = journal.get(scope, SILENT_KEY);
        const before = storedCount(ownField(stored, "count"));
        if (ownField(stored, "trace_id") === traceId) return before;
        const after = isProposalOpen || cameToSomething(attempt) ? 0 : before + 1;
        journal.set(scope, SILENT_KEY, { count: after, trace_id: traceId });
        return after;
      }),
    );
    if (count === undefined) return;
    this.#worker.table.set("silentHeartbeats", this.#worker.rowAttributes, count, KEPT_ROWS, {
      urgency: "urgent",
      mayFall: true,
    });
  }
}

/** A verified artifact, a sign of progress, or an honest end. */
function cameToSomething(attempt: Readonly<AttemptState> | undefined): boolean {
  if (attempt === undefined) return false;
  const { verified, progressAt, startedAt, state } = attempt;
  return verified !== null || progressAt > startedAt || (state !== "running" && state !== "stuck");
}
