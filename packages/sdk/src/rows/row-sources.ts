/** Where exporters find the rows of every watchdog in the process, whichever was created first. */
import type { RowSource } from "./row-table.ts";

interface Registry {
  readonly sources: Set<RowSource>;
  readonly listeners: Set<(source: RowSource) => void>;
}

const registryKey = Symbol.for("worker-watchdog.row-sources.v1");

// One registry for each process, also where two copies of this package are installed: a row in a table that no exporter reads never pages.
function registry(): Registry {
  const holder = globalThis as { [registryKey]?: Registry };
  holder[registryKey] ??= { sources: new Set(), listeners: new Set() };
  return holder[registryKey];
}

/** Makes `source` visible to exporters. Returns the way to take it back. */
export function registerRowSource(source: RowSource): () => void {
  const { sources, listeners } = registry();
  sources.add(source);
  for (const listener of listeners) listener(source);
  return () => sources.delete(source);
}

/** The row sources of the process, now. */
export function rowSources(): readonly RowSource[] {
  return [...registry().sources];
}

/** Calls `listener` for each source there is and each that comes. Returns the way to stop. */
export function onRowSource(listener: (source: RowSource) => void): () => void {
  const { sources, listeners } = registry();
  for (const source of sources) listener(source);
  listeners.add(listener);
  return () => listeners.delete(listener);
}
