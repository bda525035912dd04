/** What somebody who wants work done hands to the queue, and what the queue keeps of it. */

/**
 * What goes wrong with a job, in the queue and never in the worker:
 *
 * - `renewal_refused`: no progress report extends the lease, and a renewal is refused;
 * - `deleted_after_claim`: the queue loses the job right after it gave it out;
 * - `late_kind`: the contract asks for one more artifact kind than the claim said;
 * - `refused_kind`: that kind is asked for, and never taken.
 */
export const JOB_FAULTS = ["renewal_refused", "deleted_after_claim", "late_kind", "refused_kind"] as const;
/** What goes wrong with a job. */
export type JobFault = (typeof JOB_FAULTS)[number];

/** What a worker gets with the claim: enough to build from when its context can not be read. */
export interface JobPayload {
  readonly title: string;
  /** Absolute paths of the files to build from. */
  readonly inputs: readonly string[];
  /** How long the build takes, in seconds: stands in for a model's work. */
  readonly build_seconds: number;
}

/** One order for a pool. */
export interface JobOrder {
  readonly payload: JobPayload;
  /** Artifact kinds of the result contract, as the claim states them. */
  readonly artifactKinds: readonly string[];
  /** Slot for uploads; left out where the queue assigns none. */
  readonly deliverableId?: string | undefined;
  /** How long each lease and each renewal lasts. At least 10, which is pg-boss's own limit. */
  readonly leaseSeconds: number;
  /** How many more workers may try after the first. Default: 3. */
  readonly retryLimit?: number | undefined;
  readonly fault?: JobFault | undefined;
}

/** An order with its defaults, as pg-boss keeps it. */
export interface StoredOrder {
  readonly payload: JobPayload;
  readonly artifact_kinds: readonly string[];
  readonly deliverable_id: string | null;
  readonly fault: JobFault | null;
}
