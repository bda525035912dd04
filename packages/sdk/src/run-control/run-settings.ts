/** Which budgeted run a process belongs to, and its budget: from the environment, else from options and policy (R7.1). */
import { WatchdogError } from "../errors.ts";
import { isPlainLabel, MAX_LABEL_LENGTH } from "../plain-label.ts";

/** Seconds of wall clock that a run may take; wins over the policy, and works without one. */
export const BUDGET_VARIABLE = "WATCHDOG_RUN_WALL_CLOCK_SECONDS";
/** Id of the run, where the options give none. */
export const RUN_ID_VARIABLE = "WATCHDOG_RUN_ID";

/** A budgeted run. */
export interface RunSettings {
  /** Stable across restarts; undefined where the worker's runs have no id, and then no budget. */
  readonly id: string | undefined;
  /** Seconds of wall clock; 0 is no budget. */
  readonly budgetSeconds: number;
}

/** @throws WatchdogError `invalid_option` for a budget that is not a whole number of seconds from 0 up, a bad id, or a budget without an id. */
export function runSettings(
  options: { readonly id?: string | undefined } | undefined,
  policySeconds: number,
  environment: Readonly<Record<string, string | undefined>>,
): RunSettings {
  const id = options?.id ?? environment[RUN_ID_VARIABLE];
  const where = options?.id === undefined ? RUN_ID_VARIABLE : "createWatchdog: run.id";
  if (id !== undefined && !isPlainLabel(id)) {
    throw new WatchdogError(
      "invalid_option",
      `${where} is ${JSON.stringify(String(id).slice(0, 80))}. Allowed: 1 to ${MAX_LABEL_LENGTH} characters, none of them a control character.`,
    );
  }
  const budgetSeconds = budgetOf(environment[BUDGET_VARIABLE]) ?? policySeconds;
  if (budgetSeconds > 0 && id === undefined) {
    throw new WatchdogError(
      "invalid_option",
      `A run has a wall-clock budget of ${budgetSeconds} s and no id. A budget holds for one run.id over all its restarts: give createWatchdog ` +
        `run: { id } or set ${RUN_ID_VARIABLE}, or set the budget to 0.`,
    );
  }
  return { id, budgetSeconds };
}

function budgetOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const seconds = /^(?:0|[1-9][0-9]*)$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(seconds)) return seconds;
  throw new WatchdogError(
    "invalid_option",
    `${BUDGET_VARIABLE} is ${JSON.stringify(value.slice(0, 80))}. Allowed: a whole number of seconds from 0 up, in digits alone; 0 switches the budget off.`,
  );
}
