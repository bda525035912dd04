/** What a command finds in its environment beside what was there. */
import type { Job, VerifiedArtifact } from "@worker-watchdog/sdk";
import type { WorkerName } from "../worker-settings.ts";

/** What the variables are made from. */
export interface EnvironmentFacts {
  readonly worker: WorkerName;
  readonly phase: string;
  readonly traceId: string;
  readonly job?: Job | undefined;
  readonly stage?: string | undefined;
  readonly reason?: string | undefined;
  /** The kinds to complete with. */
  readonly artifactKinds?: readonly string[] | undefined;
  readonly nowMillis: number;
}

/** The variables, by name. One that does not apply is empty, so that `set -u` is no trouble. */
export function childEnvironment(facts: EnvironmentFacts): Readonly<Record<string, string>> {
  const { worker, phase, traceId, job, stage = "", reason = "", nowMillis } = facts;
  return {
    WATCHDOG_WORKER_ID: worker.id,
    WATCHDOG_WORKER_POOL: worker.pool,
    WATCHDOG_WORKER_ROLE: worker.role,
    WATCHDOG_PHASE: phase,
    WATCHDOG_TRACE_ID: traceId,
    WATCHDOG_STAGE: stage,
    WATCHDOG_REASON: reason,
    WATCHDOG_JOB_ID: job?.id ?? "",
    WATCHDOG_LEASE_EXPIRES_AT:
      job === undefined ? "" : String(Math.floor(nowMillis / 1_000 + job.leaseRemainingSeconds())),
    WATCHDOG_DELIVERABLE_ID: job?.deliverableId ?? "",
    WATCHDOG_ARTIFACT_KINDS: (facts.artifactKinds ?? job?.artifactKinds ?? []).join(","),
    ...artifactVariables(job?.verifiedArtifact),
  };
}

function artifactVariables(artifact: VerifiedArtifact | undefined): Readonly<Record<string, string>> {
  return {
    WATCHDOG_ARTIFACT_CHECK_ID: artifact?.checkId ?? "",
    WATCHDOG_ARTIFACT_URL: artifact?.url ?? "",
    WATCHDOG_ARTIFACT_FILES_URL: artifact?.filesUrl ?? "",
    WATCHDOG_ARTIFACT_FILE_COUNT: artifact === undefined ? "" : String(artifact.fileCount),
    WATCHDOG_ARTIFACT_SHA256: artifact?.sha256 ?? "",
  };
}
