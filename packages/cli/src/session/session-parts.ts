/** What `watchdog session` works with. */
import type { WorkerParts } from "../worker-process.ts";
import type { SessionOptions } from "./session-options.ts";

/** What `watchdog session` works with. */
export interface SessionParts extends WorkerParts {
  readonly options: SessionOptions;
  /** Where the agent works. */
  readonly directory: string;
}
