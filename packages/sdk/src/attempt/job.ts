/** The job that a heartbeat claimed, as a worker sees it. */
import type { ArtifactClaim, VerifiedArtifact } from "../artifact/index.ts";
import type { PhaseContext, PhaseFunction } from "../phase/phase-function.ts";
import type { LeaseRisk } from "../semconv/index.ts";
import type { Handover } from "../session/handover.ts";
import type { SessionLog } from "../session/session-log.ts";
import type { FinishedWork } from "./finished-work.ts";
import type { JobState } from "./job-state.ts";

/** What the function of `complete` is called with. */
export interface CompleteContext extends PhaseContext {
  /** The artifact kinds to complete with: the artifact's own, and on the retry those that were added. */
  readonly artifactKinds: readonly string[];
}

/**
 * A claimed job. From the claim on, a failed phase does not throw: it is recorded, repaired once where R6 says so, and the job goes on from what
 * it has. Only {@link Job.artifact} and {@link Job.complete} throw, because nothing may count as done without them.
 */
export interface Job<P = unknown> {
  /** The queue's id of the job. */
  readonly id: string;
  /** The queue's slot for uploads; undefined where there is none. */
  readonly deliverableId: string | undefined;
  /** Artifact kinds that the result contract asks for. */
  readonly artifactKinds: readonly string[];
  /** The claim's payload: what to build from when the context can not be read. */
  readonly payload: P | undefined;
  /** Aborts when the lease runs out, the worker is told to stop, or its session died. */
  readonly signal: AbortSignal;
  /** Where the attempt stands. */
  readonly state: JobState;
  /** Why the job is stuck; undefined while it is not. */
  readonly stuckReason: string | undefined;
  /** Trace id of the attempt. */
  readonly traceId: string;
  /** What the gate has verified in this attempt, also by an earlier process; undefined until then. */
  readonly verifiedArtifact: VerifiedArtifact | undefined;
  /** Seconds of lease left, by the queue's clock; negative once it has run out. */
  leaseRemainingSeconds(): number;
  /** A sign of progress from the worker's own work, such as output of a child or bytes of an upload: the job moves, and its lease is kept alive. */
  progressed(): void;
  /** How near the lease is to its end: `normal`, `near_expiry` below the policy's warning, `expired`, and `stale` once its grace has passed. */
  readonly leaseRisk: LeaseRisk;
  /** What an earlier attempt at this job had finished when it lost its lease; undefined where this journal knows of nothing. */
  readonly earlierWork: FinishedWork | undefined;
  /** What an earlier attempt at this job saved before its session was gone; undefined where this journal knows of none. */
  readonly predecessor: Handover | undefined;
  /** The agent's session behind the worker: say here when it waits, dies or works again (see `@worker-watchdog/sdk/session`). */
  readonly session: SessionLog;

  /** Reads the job's context. The result, or undefined where it could not be read: go on from {@link Job.payload} then. */
  context<R>(run: PhaseFunction<R>): Promise<R | undefined>;
  /**
   * Reports progress at a stage: `reading_context`, `building_artifact`, or the worker's own. A later `lease_expires_at` in the answer renews the lease. The result, or undefined where it failed or was
   * skipped because the context had failed.
   */
  progress<R>(stage: string, run: PhaseFunction<R>): Promise<R | undefined>;
  /** Runs a phase of the worker's own work, `build` or another name; what the function returns or throws passes through. */
  phase<R>(name: string, run: PhaseFunction<R>): Promise<R>;
  /**
   * Uploads to the job's deliverable slot; what the function returns or throws passes through. Without a deliverable id it is skipped with that
   * reason recorded, and gives undefined: publish to a shared address then (R5.4).
   */
  upload<R>(run: (deliverableId: string, context: PhaseContext) => R | PromiseLike<R>): Promise<R | undefined>;
  /**
   * Publishes the artifact and proves that it is there.
   *
   * @throws WatchdogError `artifact_refused`, with the gate's reason: it may be called again with a better artifact. `lease_lost` and the like where
   * {@link Job.signal} has aborted.
   */
  artifact(publish: PhaseFunction<ArtifactClaim>): Promise<VerifiedArtifact>;
  /**
   * Completes the job with its verified artifact: the only way to. Gives what the function returned, or undefined where its answer was lost and
   * the job's state (`helper.readJob`) says that this worker has completed it.
   *
   * @throws WatchdogError `artifact_unverified` for anything but this attempt's artifact; `lease_lost`; `complete_rejected`; `complete_unknown`;
   * `job_not_found`; `job_settled`.
   */
  complete<R>(
    artifact: VerifiedArtifact,
    run: (context: CompleteContext) => R | PromiseLike<R>,
  ): Promise<R | undefined>;
  /** Gives the job up for a reason. True once the queue has acknowledged it with `ok: true`; until then the job stays held. */
  fail(reason: string, run: PhaseFunction<unknown>): Promise<boolean>;
  /** Puts the job aside for a reason; acknowledged as {@link Job.fail}. */
  pause(reason: string, run: PhaseFunction<unknown>): Promise<boolean>;
  /** Gives the job back to the queue for a reason; acknowledged as {@link Job.fail}. */
  release(reason: string, run: PhaseFunction<unknown>): Promise<boolean>;
}
