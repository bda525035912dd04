/** The process of an embedded PostgreSQL, which its package keeps to itself. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Process id of the server on a data directory; undefined where none runs. */
export function postgresPid(directory: string): number | undefined {
  try {
    const [pid = ""] = readFileSync(join(directory, "postmaster.pid"), "utf8").split("\n");
    return Number(pid) > 0 ? Number(pid) : undefined;
  } catch {
    return undefined;
  }
}

/** Sends a signal, or only looks (0). Gives false where the process is no more. */
export function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
