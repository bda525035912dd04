/** A worker's status as lines for people: what is well in a few words, what is not first and with what to do. */
import type { WorkerStatus } from "@worker-watchdog/sdk/one-shot";
import { inWords } from "../exec/verdict.ts";

/** What is shown beside the library's status. */
export interface StatusNotes {
  /** Lines about commands that run or were killed. */
  readonly commands: readonly string[];
  /** How the agent's session stands, where it waits or is dead. */
  readonly session?: string | undefined;
  /** What an earlier session left for its successor. */
  readonly handover: string | undefined;
}

/** The lines of one worker. `isColoured` for a terminal. */
export function statusLines(
  status: WorkerStatus,
  notes: StatusNotes,
  nowMillis: number,
  isColoured: boolean,
): readonly string[] {
  const { worker, health, stuck, lastHeartbeat, noJobStreak, run } = status;
  const rows: (readonly [string, string])[] = [["health", coloured(health, isColoured)]];
  if (stuck !== undefined) rows.push(["stuck", `${stuck.reason} (${stuck.class})`], ["next", stuck.nextAction]);
  rows.push(...jobRows(status, nowMillis));
  rows.push([
    "heartbeat",
    lastHeartbeat === undefined
      ? "none"
      : `${ago(lastHeartbeat.atMillis, nowMillis)}, ${claimWord(lastHeartbeat.status)}`,
  ]);
  if (noJobStreak > 0) rows.push(["no job", `${noJobStreak} claim${noJobStreak === 1 ? "" : "s"} in a row`]);
  if (run !== undefined) {
    const elapsed = run.elapsedSeconds === undefined ? "" : `, ${inWords(run.elapsedSeconds)}`;
    const budget = run.budgetSeconds === 0 ? "" : ` of ${inWords(run.budgetSeconds)}`;
    rows.push(["run", `${run.id}${elapsed}${budget}${run.isCancelled ? ", cancelled" : ""}`]);
  }
  for (const line of notes.commands) rows.push(["command", line]);
  if (notes.session !== undefined) rows.push(["session", notes.session]);
  if (notes.handover !== undefined) rows.push(["handover", notes.handover]);
  return [`${worker.pool}/${worker.id}`, ...rows.map(([name, value]) => `  ${name.padEnd(10)} ${value}`)];
}

function jobRows({ job }: WorkerStatus, nowMillis: number): readonly (readonly [string, string])[] {
  if (job === undefined) return [["job", "none"]];
  if (!job.isHeld) return [["job", `none; the last was ${job.id}: ${job.state}`]];
  const { remainingSeconds, risk } = job.lease;
  const lease =
    remainingSeconds > 0 ? `${inWords(remainingSeconds)} left` : `ran out ${inWords(-remainingSeconds)} ago`;
  return [
    ["job", `${job.id}, ${job.state}, claimed ${ago(job.claimedAt * 1_000, nowMillis)}`],
    ["phase", `${job.phase}, progress ${ago(job.progressAt * 1_000, nowMillis)}`],
    ["lease", `${lease} (${risk})`],
    ["artifact", job.artifactCheckId === undefined ? "not verified" : `verified, check ${job.artifactCheckId}`],
    ["trace", job.traceId],
  ];
}

function ago(atMillis: number, nowMillis: number): string {
  return `${inWords((nowMillis - atMillis) / 1_000)} ago`;
}

function claimWord(status: string): string {
  return status === "none" ? "no claim" : status.replace("_", " ");
}

const COLOURS: Readonly<Record<string, number>> = {
  working: 32,
  idle: 32,
  stuck: 31,
  failing: 31,
  absent: 31,
  cancelled: 33,
};

function coloured(health: string, isColoured: boolean): string {
  const colour = COLOURS[health];
  return isColoured && colour !== undefined ? `\u001b[${colour}m${health}\u001b[0m` : health;
}
