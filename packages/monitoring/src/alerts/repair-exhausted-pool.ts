/** Alert 15 of a pool: repairs of many workers wait for a person. */
import { incidents } from "../rules/incident-expressions.ts";
import { ofPool } from "../rules/pool-expressions.ts";
import { poolWide } from "./pool-wide.ts";
import { repairExhausted } from "./repair-exhausted.ts";

export const repairExhaustedPool = poolWide(repairExhausted, {
  what: "wait for a person to decide a repair",
  expr: ({ policy }) => ofPool(incidents("repair_exhausted"), policy),
  steps: ["The second query of the worker's runbook shows what set the repairs off: decide once for all of them."],
});
