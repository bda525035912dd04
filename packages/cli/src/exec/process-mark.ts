/** Tells a process from a later one that has got the same number. */
import { readFileSync } from "node:fs";

/** A process, as it can be found again. */
export interface ProcessMark {
  readonly pid: number;
  /** When it started, as the system counts; undefined where the system does not tell. */
  readonly startedAt: string | null;
}

/** The mark of a process that runs now. */
export function markOf(pid: number, stat: (pid: number) => string = readStat): ProcessMark {
  return { pid, startedAt: startOf(pid, stat) ?? null };
}

/** Whether the marked process still runs. */
export function isRunning(mark: ProcessMark, stat: (pid: number) => string = readStat): boolean {
  try {
    process.kill(mark.pid, 0);
  } catch (error) {
    // Somebody else's process: it runs, but can not be ours unless we run as root.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const startedAt = startOf(mark.pid, stat);
  return mark.startedAt === null || startedAt === undefined || startedAt === mark.startedAt;
}

// pid (name) state …: the start time is the 20th field behind the name, and a zombie has ended.
function startOf(pid: number, stat: (pid: number) => string): string | undefined {
  try {
    const text = stat(pid);
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? "ended" : fields[19];
  } catch {
    return undefined;
  }
}

function readStat(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, "utf8");
}
