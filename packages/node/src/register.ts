/** `node --import @worker-watchdog/node/register app.js`: {@link startTelemetry} from the environment, before the application loads. */
import { isMainThread } from "node:worker_threads";
import { startTelemetry } from "./start-telemetry.ts";

// Preloads also run in each worker thread; a second exporter there would be a second writer of the same series.
if (isMainThread) {
  try {
    const { WATCHDOG_WORKER_ID: id, WATCHDOG_WORKER_POOL: pool, WATCHDOG_WORKER_ROLE: role } = process.env;
    startTelemetry(id === undefined || id === "" ? {} : { worker: { id, pool: pool ?? "default", role } });
  } catch (error) {
    process.stderr.write(`worker-watchdog: telemetry could not be set up; the worker runs without it. ${error}\n`);
  }
}
