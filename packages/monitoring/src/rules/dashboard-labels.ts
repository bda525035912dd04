/** The labels that dashboards choose and group by, put on expressions that do not have them. */
import { ALL_INSTANCES, SHOWN, UNKNOWN } from "./dashboard-series.ts";
import { KIND_OF_WORKER, LABELS, WORKER } from "./labels.ts";

const POOL_OF_KIND = [LABELS.service, LABELS.workerRole, LABELS.workerPool].join(", ");

/** `expr`, whose series name workers, with what the worker is. `from` has one series for each worker. */
export function ofKind(expr: string, from: string = SHOWN.worker): string {
  const one = from === SHOWN.worker ? from : `group by (${KIND_OF_WORKER}, ${WORKER}) (${from})`;
  return `(\n${expr}\n)\n* on (${WORKER}) group_left (${KIND_OF_WORKER})\n${one}`;
}

/** `expr` of each pool, role and service. */
export function ofPool(aggregate: "count" | "sum" | "min" | "max", expr: string, ...more: readonly string[]): string {
  return replaced(
    `${aggregate} by (${[POOL_OF_KIND, ...more].join(", ")}) (\n${expr}\n)`,
    LABELS.instance,
    ALL_INSTANCES,
    "",
  );
}

/** `expr` with a word in each label that a dashboard chooses by: no matcher of a variable finds a label that is not there. */
export function filled(expr: string): string {
  return [LABELS.service, LABELS.instance, LABELS.workerRole].reduce(
    (inner, label) => replaced(inner, label, UNKNOWN, label),
    expr,
  );
}

/** `expr` with `value` in `label`, where `whereEmpty` has none: in the same label, or in none, which is everywhere. */
export function replaced(expr: string, label: string, value: string, whereEmpty: string): string {
  return `label_replace(\n${expr},\n"${label}", "${value}", "${whereEmpty}", ""\n)`;
}
