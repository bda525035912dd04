/** How much of a pool is affected (R4.7): one worker is a message; the whole pool, or a share of it and so many workers, is a page. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { AlertExpression } from "../alerts/alert-definition.ts";
import { LABELS, WORKER } from "./labels.ts";
import { RECORDED } from "./recording-rules.ts";

const POOL = LABELS.workerPool;
const WORKERS = RECORDED.poolWorkers;

const WHOLE = `on (${POOL})\n${WORKERS} == 1`;

/** `affected`, of workers that are their whole pool. */
export function onlyWorker(affected: string): string {
  return `(\n${affected}\n)\nand ${WHOLE}`;
}

/** `affected`, of workers that are not. */
export function oneOfMany(affected: string): string {
  return `(\n${affected}\n)\nunless ${WHOLE}`;
}

/** A worker's alert: high where the worker is its whole pool, else a message. */
export function ofSingleWorker(affected: string): AlertExpression {
  return { high: onlyWorker(affected), medium: oneOfMany(affected) };
}

/** Pools of two workers or more of which enough are in \`affected\`, with how many; by \`reason\` as well, if asked. */
export function ofPool(affected: string, policy: Policy, by: "reason" | "pool" = "pool"): string {
  const more = by === "reason" ? `, ${LABELS.reason}` : "";
  return `count by (${POOL}${more}) (
  group by (${WORKER}${more}) (
${affected}
  )
)
>= on (${POOL})${by === "reason" ? " group_left ()" : ""}
(
${workersNeeded(policy)}
)`;
}

/** The share of a pool and so many workers, or all of a pool that has fewer. */
function workersNeeded({ thresholds }: Policy): string {
  const share = Number((thresholds.pool_affected_percent / 100).toFixed(6));
  return `  clamp_min(${share} * ${WORKERS}, ${thresholds.pool_affected_min_workers}) <= ${WORKERS}
  or
  ${WORKERS} > 1`;
}
