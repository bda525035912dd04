/** The time that a worker's rows are exported under, where several of its processes export the same rows. */
import { type Journal, type JournalWorker, workerScope } from "../journal/journal.ts";

const KEY = "export_stamp";
/** A stored time further ahead than this is of a clock that was set back since. */
const MAX_LEAD_MILLIS = 10_000;

/**
 * A clock that gives each millisecond once, over all processes of a worker: Prometheus refuses a whole request that has a second
 * value for one millisecond of a series. Costs one small write to the journal; where that fails, it is the plain clock.
 */
export function exportStamp(journal: Journal, worker: JournalWorker, now: () => number = Date.now): () => number {
  const scope = workerScope(worker);
  return () => {
    try {
      return journal.transaction(() => {
        const nowMillis = now();
        const last = journal.get(scope, KEY);
        const isAhead = typeof last === "number" && last >= nowMillis && last - nowMillis < MAX_LEAD_MILLIS;
        const stamp = isAhead ? last + 1 : nowMillis;
        journal.set(scope, KEY, stamp);
        return stamp;
      });
    } catch {
      return now();
    }
  };
}
