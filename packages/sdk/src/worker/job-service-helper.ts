/** What the library itself may ask of the job service, for keep-alive and repairs. All of it is optional. */
import type { Job } from "../attempt/job.ts";
import type { PhaseContext, PhaseFunction } from "../phase/phase-function.ts";

/** Calls that the library makes on its own: a call that is not given is a repair that is not made. */
export interface JobServiceHelper<P = unknown> {
  /** Touches the worker again: the first step of the repairs of R6. */
  readonly touch?: PhaseFunction<unknown> | undefined;
  /**
   * Renews the job's lease by one progress heartbeat. Its result says the new lease as `lease_expires_at` (and `server_time`), in unix seconds.
   * Without it the library never renews, and alert 1 fires on a job that outlives its lease.
   */
  readonly renew?: ((job: Job<P>, context: PhaseContext) => unknown) | undefined;
  /** Adds an artifact kind that a complete was rejected for; throws where it can not. */
  readonly addArtifactKind?: ((job: Job<P>, kind: string, context: PhaseContext) => unknown) | undefined;
  /**
   * Reads the job's state after a complete whose answer was lost: `{ status, completed_by?, held_by? }`, where `status` is `completed`, `running` or
   * another word, and the others are worker ids. Without it such a complete is made once more, and where that says nothing either it is unknown.
   */
  readonly readJob?: ((job: Job<P>, context: PhaseContext) => unknown) | undefined;
  /** Gives a job back that a worker which was told to stop still holds; its result says `ok: true`. Without it the lease runs out. */
  readonly release?: ((job: Job<P>, reason: string, context: PhaseContext) => unknown) | undefined;
  /**
   * What the queue holds for this worker's pool, asked with each empty claim: `{ pending_jobs?, oldest_pending_at? }` (unix seconds) are exported, and
   * all of it goes into the repair proposal after repeated empty claims, flat and cut short: eligible kinds, what other kinds wait.
   */
  readonly backlog?: PhaseFunction<unknown> | undefined;
}
