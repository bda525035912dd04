/** How many incidents of one kind and reason there were, and how many of them are over. */
import type { JsonValue } from "../journal/journal.ts";
import { ownNumber, storedCount } from "../own-field.ts";

/** Incidents of one kind and reason. */
export interface IncidentTally {
  count: number;
  cleared: number;
}

/** Tallies by `<kind> <reason>`. */
export type IncidentTallies = Record<string, IncidentTally>;

/** Reads stored tallies. One without a count is none; more cleared than counted is all of it. */
export function incidentTalliesFrom(value: JsonValue | undefined): IncidentTallies {
  const tallies: IncidentTallies = {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) return tallies;
  for (const [key, tally] of Object.entries(value as Readonly<Record<string, JsonValue>>)) {
    const count = storedCount(ownNumber(tally, "count"));
    if (count > 0) tallies[key] = { count, cleared: Math.min(count, Math.max(0, ownNumber(tally, "cleared") ?? 0)) };
  }
  return tallies;
}
