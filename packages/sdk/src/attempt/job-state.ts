/** Where an attempt at a job stands. */

/** Where an attempt stands. `stuck` is not the end: the job may still be completed by gate and lease (R2.5). */
export type JobState = "running" | "stuck" | "completed" | "failed" | "paused" | "released";

/** How an attempt was ended. */
export type Settlement = Exclude<JobState, "running" | "stuck">;
