/** How often each repair worked on each class of stuck job, kept per pool for the next proposal (R6.3). */
import type { Journal, JsonValue } from "../journal/journal.ts";
import { ownField, storedCount } from "../own-field.ts";
import type { RepairResult, StuckClass } from "../semconv/index.ts";

/** How often a repair was tried on a class, and how often it worked. */
export interface RepairHistory {
  readonly action: string;
  readonly tried: number;
  readonly worked: number;
}

const KEY = "repair_outcomes";

/** Counts one repair that was carried out. A proposal is no outcome, and is not counted. */
export function countRepair(
  journal: Journal,
  pool: string,
  repair: { readonly stuckClass: StuckClass; readonly action: string; readonly result: RepairResult },
): void {
  if (repair.result === "needs_human") return;
  journal.transaction(() => {
    const stored = journal.get(poolScope(pool), KEY);
    const before = historyIn(stored, repair.stuckClass, repair.action);
    const after = { tried: before.tried + 1, worked: before.worked + (repair.result === "success" ? 1 : 0) };
    const classes = typeof stored === "object" && stored !== null && !Array.isArray(stored) ? stored : {};
    const actions = ownField(classes, repair.stuckClass);
    journal.set(poolScope(pool), KEY, {
      ...(classes as Readonly<Record<string, JsonValue>>),
      [repair.stuckClass]: {
        ...(typeof actions === "object" && actions !== null ? (actions as Readonly<Record<string, JsonValue>>) : {}),
        [repair.action]: after,
      },
    });
  });
}

/** The repairs that were tried on a class in a pool, by action. */
export function repairHistory(journal: Journal, pool: string, stuckClass: StuckClass): readonly RepairHistory[] {
  const stored = journal.get(poolScope(pool), KEY);
  const actions = ownField(stored, stuckClass);
  if (typeof actions !== "object" || actions === null || Array.isArray(actions)) return [];
  return Object.keys(actions)
    .sort()
    .map((action) => historyIn(stored, stuckClass, action))
    .filter(({ tried }) => tried > 0);
}

function historyIn(stored: JsonValue | undefined, stuckClass: string, action: string): RepairHistory {
  const found = ownField(ownField(stored, stuckClass), action);
  const tried = storedCount(ownField(found, "tried"));
  return { action, tried, worked: Math.min(tried, storedCount(ownField(found, "worked"))) };
}

function poolScope(pool: string): string {
  return `pool/${encodeURIComponent(pool)}`;
}
