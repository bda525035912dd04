/** What `watchdog exec` says of its phase, with what a person needs beside the verdict. */
import type { PhaseEnd } from "./run-phase.ts";
import { inWords, type Verdict } from "./verdict.ts";

/** What is said of a phase. */
export interface ExecVerdict extends Verdict {
  /** What a person needs beside the verdict. */
  readonly detail?: string | undefined;
  /** Exit code of a phase that was not begun. */
  readonly refusal?: number | undefined;
  /** The job's state says that it is done: what the command ended with says that its answer was lost, and no more. */
  readonly isDoneByState?: true | undefined;
}

/** From what the library gave, threw and recorded to one line. */
export function verdictOf(end: PhaseEnd, error: unknown, recorded: Verdict | undefined): ExecVerdict {
  if (error !== undefined) {
    const message = error instanceof Error ? error.message : String(error);
    return { isOk: false, text: recorded === undefined || recorded.isOk ? "refused" : recorded.text, detail: message };
  }
  if (end.skipped !== undefined) return { isOk: true, text: "skipped", detail: end.skipped };
  if (end.isSettled !== undefined) {
    return end.isSettled
      ? { isOk: true, text: "ok", detail: "the queue has acknowledged it" }
      : { isOk: false, text: "failed", detail: "the queue has not acknowledged it; the job is still held" };
  }
  if (end.completedBy === "state")
    return {
      isOk: true,
      text: "ok",
      detail: "the answer was lost; the job's state says that it is done",
      isDoneByState: true,
    };
  const verdict = recorded ?? { isOk: true, text: "ok" };
  if (end.job !== undefined) {
    const left = inWords(end.job.leaseRemainingSeconds());
    return { isOk: true, text: "ok", detail: `job ${end.job.id}, ${left} of lease` };
  }
  if (end.hasNoJob === true && verdict.isOk) return { ...verdict, detail: "no job" };
  if (end.artifact !== undefined)
    return { ...verdict, detail: `${end.artifact.fileCount} files, check ${end.artifact.checkId}` };
  return verdict;
}
