/** The windows over which an objective is looked at, and the error ratio that is too much in each (SRE Workbook, chapter 5). */
import { BURN_NAMES, type BurnName, type Policy } from "@worker-watchdog/sdk/policy";
import { minutes } from "../rules/durations.ts";
import { share } from "./slo-table.ts";

const DAY_SECONDS = 86_400;

/** One burn rate with its windows. */
export interface Burn {
  readonly name: BurnName;
  /** How many times too fast the budget is spent: 1 spends it in exactly the period. */
  readonly rate: number;
  readonly longSeconds: number;
  readonly shortSeconds: number;
}

/** The burn rates of `policy`, fastest first. */
export function burns({ slo }: Policy): readonly Burn[] {
  return BURN_NAMES.map((name) => {
    const { budget_percent, long_window_minutes, short_window_minutes } = slo.burn[name];
    const longSeconds = minutes(long_window_minutes);
    const rate = Number(((share(budget_percent) * slo.period_days * DAY_SECONDS) / longSeconds).toFixed(6));
    return { name, rate, longSeconds, shortSeconds: minutes(short_window_minutes) };
  });
}

/** The period of the objectives, in seconds. */
export function periodSeconds({ slo }: Policy): number {
  return slo.period_days * DAY_SECONDS;
}

/** Every window of the burn rates, shortest first, each once. In seconds. */
export function burnWindows(policy: Policy): readonly number[] {
  const windows = burns(policy).flatMap(({ longSeconds, shortSeconds }) => [longSeconds, shortSeconds]);
  return [...new Set(windows)].sort((left, right) => left - right);
}
