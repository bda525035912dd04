/** Where each worker stands, from what the job service saw of it. */
import type { FleetRecord } from "../fleet/fleet-record.ts";
import type { Activity } from "../job-service/activity.ts";

/** One worker. */
export interface WorkerRow {
  readonly worker: string;
  readonly pool: string;
  /** What it did last, in a word or two. */
  readonly phase: string;
  readonly jobId: string | undefined;
  /** Unix seconds. */
  readonly leaseExpiresAt: number | undefined;
  readonly completed: number;
  /** Whether its last answer was a refusal, or it is no more. */
  readonly isTroubled: boolean;
}

/** Every worker that was ever started, in order of start. */
export function workerRows(record: Pick<FleetRecord, "workers" | "activities">): readonly WorkerRow[] {
  const ids = [...new Set(record.workers.map(({ worker }) => worker))];
  return ids.map((worker) => {
    const events = record.workers.filter((event) => event.worker === worker);
    const seen = record.activities.filter((activity) => activity.worker === worker);
    const lastEvent = events.at(-1);
    const isGone = lastEvent !== undefined && lastEvent.what !== "started";
    const claimedAt = seen.findLastIndex(({ command, outcome }) => command === "claim" && outcome === "ok");
    const attempt = claimedAt < 0 ? [] : seen.slice(claimedAt);
    const isOver = attempt.some(isEnd);
    const last = seen.at(-1);
    return {
      worker,
      pool: lastEvent?.pool ?? "",
      phase: isGone ? lastEvent.what : phaseOf(last, attempt),
      jobId: isOver ? undefined : attempt[0]?.jobId,
      leaseExpiresAt: isOver
        ? undefined
        : attempt.findLast(({ leaseExpiresAt }) => leaseExpiresAt !== undefined)?.leaseExpiresAt,
      completed: seen.filter(({ command, outcome }) => command === "complete" && outcome === "ok").length,
      isTroubled:
        lastEvent?.what === "killed" ||
        lastEvent?.what === "crashed" ||
        (last !== undefined && last.outcome !== "ok" && last.outcome !== "no_job"),
    };
  });
}

function isEnd({ command, outcome }: Activity): boolean {
  return outcome === "ok" && ["complete", "fail", "release", "pause"].includes(command);
}

function phaseOf(last: Activity | undefined, attempt: readonly Activity[]): string {
  if (last === undefined) return "starting";
  if (last.outcome === "no_job") return "no job";
  if (last.command === "progress" && last.stage === "keep_alive") {
    const before = attempt.findLast(({ command, stage }) => command !== "progress" || stage !== "keep_alive");
    return last.outcome === "ok" ? `${before?.stage ?? before?.command ?? "job"} (renewed)` : last.outcome;
  }
  if (last.outcome !== "ok") return `${last.command}: ${last.outcome}`;
  // An upload's slot has been given: the report goes there, and the gate looks at it.
  if (last.command === "upload") return "artifact";
  if (last.command === "complete") return "completed";
  return last.stage ?? last.command;
}
