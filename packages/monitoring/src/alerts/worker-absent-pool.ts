/** Alert 14 of a pool: much of it is gone. */
import { ofPool } from "../rules/pool-expressions.ts";
import { poolWide } from "./pool-wide.ts";
import { absentWorkers, workerAbsent } from "./worker-absent.ts";

export const workerAbsentPool = poolWide(workerAbsent, {
  what: "give no sign of life",
  expr: (context) => ofPool(absentWorkers(context), context.policy),
  steps: [
    "Look for what the workers share: a host, a network, a deploy that did not come back, the way to the Collector.",
    "If other pools are silent too, it is the telemetry: look at the Collector before the workers.",
  ],
});
