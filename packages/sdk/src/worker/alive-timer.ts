/** Says that a process is there while nothing else happens, and looks whether its run is still to go on. */

import type { HeldJob } from "../attempt/held-job.ts";
import type { Timer } from "../clock.ts";
import type { WorkerContext } from "./worker-context.ts";

/** At least once for each refresh of the rows. */
const MAX_INTERVAL_MILLIS = 15_000;

/** Begins at once; `job` gives the job that the process works on. */
export function keepAlive<P>(worker: WorkerContext<P>, job: () => HeldJob<P> | undefined): Timer {
  const { clock, policy } = worker.options;
  const interval = Math.min(MAX_INTERVAL_MILLIS, policy.pipeline.row_refresh_seconds * 1_000);
  let timer: Timer | undefined;
  const say = (): void => {
    worker.control.look();
    worker.alive();
    job()?.alive();
    timer = clock.after(interval, say);
  };
  say();
  return { cancel: () => timer?.cancel() };
}
