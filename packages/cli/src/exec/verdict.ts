/** What was made of a phase: one line for people, and whether it counts as done. */
import type { Journal, JournalRecord, JournalWorker } from "@worker-watchdog/sdk";

/** The verdict of a phase. */
export interface Verdict {
  readonly isOk: boolean;
  /** `ok`, `failed`, `stuck`, `skipped` or `refused`, and why. */
  readonly text: string;
}

/** The verdict that the library recorded for the newest run of `phase` in a trace; undefined where there is no record of it. */
export function recordedVerdict(
  journal: Journal,
  worker: JournalWorker,
  phase: string,
  traceId: string,
): Verdict | undefined {
  const runs = journal.records({ kind: "worker_run", worker: { pool: worker.pool, id: worker.id }, traceId });
  const run = runs.findLast(({ data }) => data["phase"] === phase);
  return run === undefined ? undefined : verdictOf(run);
}

function verdictOf({ data }: JournalRecord): Verdict | undefined {
  const { status, error_code } = data;
  if (typeof status !== "string" || status === "started") return undefined;
  if (status === "ok") return { isOk: true, text: "ok" };
  return { isOk: false, text: `${status}${typeof error_code === "string" ? ` (${error_code})` : ""}` };
}

/** A duration in words: `14 min 58 s`. */
export function inWords(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(whole / 60);
  return minutes === 0 ? `${whole} s` : `${minutes} min ${whole % 60} s`;
}
