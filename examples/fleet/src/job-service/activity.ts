/** What the job service saw: one record for each command, for the terminal and for the instant of a fault. */

/** The commands of the job service. */
export const COMMANDS = [
  "doctor",
  "touch",
  "claim",
  "context",
  "progress",
  "upload",
  "complete",
  "fail",
  "release",
  "pause",
  "backlog",
] as const;
/** A command of the job service. */
export type CommandName = (typeof COMMANDS)[number];

/** One command, as the job service answered it. */
export interface Activity {
  /** When it was answered, in unix seconds. */
  readonly at: number;
  readonly pool: string;
  readonly worker: string;
  readonly command: CommandName;
  /** `ok`, or the error that the worker was told. */
  readonly outcome: string;
  readonly jobId?: string | undefined;
  /** Stage of a progress report. */
  readonly stage?: string | undefined;
  /** Expiry of the lease that the worker holds now, in unix seconds. */
  readonly leaseExpiresAt?: number | undefined;
}
