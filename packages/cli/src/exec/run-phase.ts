/** Runs one phase of a worker with a command: the phase's rules are the library's, and this says in a line what came of it. */
import {
  type ArtifactClaim,
  type Job,
  type PhaseContext,
  type VerifiedArtifact,
  WatchdogError,
} from "@worker-watchdog/sdk";
import type { OneShotWorker } from "@worker-watchdog/sdk/one-shot";
import type { ExecOptions } from "./exec-options.ts";

/** The part of a command that a phase needs. */
export interface PhaseRun {
  run(call: PhaseContext, overrides?: { readonly artifactKinds?: readonly string[] }): Promise<unknown>;
}

/** What a phase works with. */
export interface PhaseSetting {
  readonly worker: OneShotWorker;
  readonly options: ExecOptions;
  readonly command: PhaseRun;
  /** Called with the job, or none, and the trace before the phase begins. @throws what forbids it. */
  readonly onFocus: (focus: { readonly job: Job | undefined; readonly traceId: string }) => void;
}

/** What came of a phase, beside its verdict: that is in its record. */
export interface PhaseEnd {
  /** The job that was claimed. */
  readonly job?: Job | undefined;
  /** A claim gave none. */
  readonly hasNoJob?: true | undefined;
  /** Why the command was not run though nothing is wrong. */
  readonly skipped?: string | undefined;
  /** Whether the queue acknowledged the end of the attempt; undefined for every other phase. */
  readonly isSettled?: boolean | undefined;
  readonly artifact?: VerifiedArtifact | undefined;
  /** How a job is known to be completed: by the command's answer, or by the job's state alone, where that answer was lost. */
  readonly completedBy?: "answer" | "state" | undefined;
}

/** @throws WatchdogError where the phase may not run, and what the library throws where it failed. */
export async function runPhase(setting: PhaseSetting): Promise<PhaseEnd> {
  const { worker, options, command, onFocus } = setting;
  const { phase } = options;
  const run = (call: PhaseContext): Promise<unknown> => command.run(call);
  if (phase === "doctor" || phase === "touch" || phase === "claim") {
    const heartbeat = worker.heartbeat(phase);
    onFocus({ job: undefined, traceId: heartbeat.traceId });
    if (phase !== "claim") return await heartbeat[phase](run).then(() => ({}));
    const job = await heartbeat.claim(run);
    return job === undefined ? { hasNoJob: true } : { job };
  }
  const job = worker.job(options.jobId);
  if (job === undefined) throw noJob(phase);
  onFocus({ job, traceId: job.traceId });
  switch (phase) {
    case "context":
      await job.context(run);
      return {};
    case "progress": {
      let hasRun = false;
      await job.progress(options.stage ?? phase, (call) => {
        hasRun = true;
        return run(call);
      });
      return hasRun ? {} : { skipped: "the job's context could not be read" };
    }
    case "upload":
      await job.upload((_deliverableId, call) => run(call));
      return job.deliverableId === undefined
        ? { skipped: "the job has no deliverable id: publish to a shared address" }
        : {};
    case "artifact":
      return { artifact: await job.artifact(async (call) => options.artifact ?? claimFrom(await run(call))) };
    case "complete":
      return { completedBy: (await complete(job, command)) === undefined ? "state" : "answer" };
    case "fail":
    case "pause":
    case "release":
      return { isSettled: await job[phase](options.reason ?? phase, run) };
    default:
      await job.phase(phase, run);
      return {};
  }
}

/** @throws WatchdogError `artifact_unverified`, before the command runs, where this attempt has no passed check. */
async function complete(job: Job, command: PhaseRun): Promise<unknown> {
  try {
    // Undefined where this attempt has none: the library refuses it, and records that.
    const artifact = job.verifiedArtifact as VerifiedArtifact;
    return await job.complete(artifact, (call) => command.run(call, { artifactKinds: call.artifactKinds }));
  } catch (error) {
    if (!WatchdogError.isInstance(error) || error.code !== "artifact_unverified") throw error;
    throw new WatchdogError(
      "artifact_unverified",
      `the journal holds no passed artifact check of this attempt at job ${job.id}: the command was not run. Allowed: complete after ` +
        "`watchdog exec --phase artifact` has passed. Publish the artifact, run that phase, then complete.",
      { cause: error },
    );
  }
}

/** The artifact that a command's JSON names. What is missing or wrong in it is the gate's to say. */
function claimFrom(result: unknown): ArtifactClaim {
  const named = result as Readonly<Record<string, unknown>>;
  const optional = (key: string): unknown => named[key] ?? undefined;
  return {
    url: named["primary_artifact_url"],
    filesUrl: named["files_url"],
    fileCount: optional("file_count"),
    sha256: optional("sha256"),
    kinds: optional("artifact_kinds"),
  } as ArtifactClaim;
}

function noJob(phase: string): WatchdogError {
  return new WatchdogError(
    "job_settled",
    `watchdog exec: found no job for the ${phase} phase, allowed while this worker holds one. Claim a job first: watchdog exec --phase claim -- …`,
  );
}
