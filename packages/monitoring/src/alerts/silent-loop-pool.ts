/** Alert 8 of a pool: much of it loops in silence. */
import { ofPool } from "../rules/pool-expressions.ts";
import { poolWide } from "./pool-wide.ts";
import { silentLoop, silentWorkers } from "./silent-loop.ts";

export const silentLoopPool = poolWide(silentLoop, {
  what: "end heartbeat after heartbeat with nothing",
  expr: (context) => ofPool(silentWorkers(context), context.policy),
  steps: ["Look for what changed for all of them: a release of the worker, the job service, the kind of jobs."],
});
