/** Tells that a worker stopped because its journal can not be used: the alert's row goes out, though nothing can be written down (R7.3). */
import { createWatchdog, type Journal, type WatchdogError } from "@worker-watchdog/sdk";
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { WorkerName } from "../worker-settings.ts";

/** Has the library say so in its rows. Export them before the process ends. */
export async function tellUnusableJournal(
  error: WatchdogError,
  worker: WorkerName,
  policy: Policy | undefined,
): Promise<void> {
  const fails = (): never => {
    throw error;
  };
  const journal: Journal = {
    isDurable: true,
    append: fails,
    recordOnce: fails,
    records: fails,
    get: fails,
    set: fails,
    scopes: fails,
    transaction: fails,
  };
  const watchdog = createWatchdog({ worker, policy, journal });
  // It never runs: the library refuses every phase of such a worker, and that is the row.
  await watchdog.heartbeat((beat) => beat.touch(() => undefined)).catch(() => {});
}
