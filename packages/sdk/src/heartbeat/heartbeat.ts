/** One wake-up of a worker, as its author sees it. */
import type { Job } from "../attempt/job.ts";
import type { PhaseFunction } from "../phase/phase-function.ts";

/** One wake-up: doctor, touch, claim, and then the job's phases. Before a claim, what a function returns or throws passes through untouched. */
export interface Heartbeat<P = unknown> {
  /** Trace id of the heartbeat. */
  readonly traceId: string;
  /** Checks that the worker can work at all. */
  doctor<R>(run: PhaseFunction<R>): Promise<R>;
  /** Tells the job service that the worker is there. */
  touch<R>(run: PhaseFunction<R>): Promise<R>;
  /**
   * Asks for a job. Undefined where there is none, and where the claim's result does not pass the policy.
   *
   * A claim that gives nothing in `thresholds.job_command_timeout_seconds` is aborted, the worker touched, and the claim made once more; if the
   * first one's late result names a job, that job is used.
   *
   * @throws WatchdogError `second_primary_job` where this heartbeat holds a job already or is claiming one; `response_invalid` where the job has no
   * id or no usable lease; `phase_timeout`; what the function throws.
   */
  claim(run: PhaseFunction<unknown>): Promise<Job<P> | undefined>;
  /**
   * The job that this worker's last process held when it ended, where its lease still runs: it is gone on with in place of a claim, under its own
   * trace. Undefined where there is none, and without a journal that outlives the process. Its payload is not stored.
   *
   * @throws WatchdogError `second_primary_job` where this heartbeat holds a job already or is claiming one.
   */
  resume(): Job<P> | undefined;
}
