/** Loads Node's SQLite when a journal is opened, and not before. */
import type { DatabaseSync } from "node:sqlite";

/** Opens a file with Node's own SQLite; it is made where it is not there. */
export function newDatabase(file: string): DatabaseSync {
  const { emitWarning } = process;
  // Node 22 warns of it in every process, also in a command whose output is passed through; Node 24 no longer does.
  process.emitWarning = (warning, ...rest: unknown[]) => {
    if (!/^SQLite is an experimental feature/.test(String(warning)))
      Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  try {
    const { DatabaseSync: Database } = process.getBuiltinModule("node:sqlite");
    return new Database(file);
  } finally {
    process.emitWarning = emitWarning;
  }
}
