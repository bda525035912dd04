/** What a queue says that has nothing for this worker. */
import type { JobFault } from "@worker-watchdog/sdk/testing";

/** A claim that gives no job, whatever the queue holds. */
export const NO_JOB: JobFault = { result: { ok: true, job: null } };
