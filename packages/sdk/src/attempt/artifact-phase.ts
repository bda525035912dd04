/** The artifact phase: publishes, lets the gate prove it, and says what became of it (R5). */
import type { Attributes } from "@opentelemetry/api";
import type { ArtifactCheck, ArtifactClaim, GateOutcome, VerifiedArtifact } from "../artifact/index.ts";
import { WatchdogError } from "../errors.ts";
import type { JsonValue } from "../journal/journal.ts";
import type { PhaseFunction } from "../phase/phase-function.ts";
import { repairFor } from "../repair/repair-table.ts";
import { recordRepair } from "../repair/repairs.ts";
import { ATTRIBUTES, EVENTS } from "../semconv/index.ts";
import type { Attempt } from "./attempt.ts";

/** @throws WatchdogError `artifact_refused` with the gate's reason, or `publish_failed` where `publish` threw; what has aborted the job's signal. */
export async function proveArtifact<P>(
  attempt: Attempt<P>,
  publish: PhaseFunction<ArtifactClaim>,
): Promise<VerifiedArtifact> {
  const { worker, traceId, signal } = attempt;
  const jobId = attempt.description.id;
  let gate: GateOutcome | undefined;
  attempt.entered("artifact");
  const outcome = await worker.runner.invoke<GateOutcome>({
    phase: "artifact",
    jobId,
    traceId,
    parent: attempt.parent,
    attributes: attempt.spanAttributes(),
    signal,
    passes: () => gate?.passed === true,
    onEnd: (span) => {
      if (gate !== undefined) span.setAttributes(worker.secrets.outgoing.fields(evidence(gate.check), "span"));
    },
    run: async (call) => {
      const claim = await publish(call);
      gate = await worker.gate.verify(claim, { jobId, attemptId: traceId, signal: call.signal, headers: call.headers });
      return gate;
    },
  });
  if (gate !== undefined) writeCheck(attempt, gate.check);
  if (gate?.passed === true && outcome.status === "ok") return accept(attempt, gate.artifact, gate.check);
  // An abort is the lease's or the worker's end, not the artifact's, and has alerts of its own.
  if (signal.aborted) throw signal.reason;
  const refused = gate?.passed === false ? gate : undefined;
  const reason = refused?.reason ?? "publish_failed";
  attempt.rows.incident("artifact_missing", reason);
  const oldState = attempt.state;
  attempt.stick("artifact_missing");
  const row = repairFor("gate_failure", worker.options.policy.self_heal, "artifact");
  if (row !== undefined && refused !== undefined)
    recordRepair(worker, row, "success", {
      jobId,
      traceId,
      phase: "artifact",
      oldState,
      newState: attempt.state,
      reason,
      outputHash: refused.check.sha256,
    });
  attempt.record(EVENTS.artifactRefused, {
    data: { reason, ...(refused === undefined ? {} : recordOf(refused.check)) },
  });
  throw new WatchdogError(
    "artifact_refused",
    refused?.message ?? `The artifact of job ${jobId} could not be published. Publish it again, or call job.fail().`,
    { cause: outcome.status === "ok" ? undefined : outcome.thrown?.error, reason },
  );
}

function accept<P>(attempt: Attempt<P>, artifact: VerifiedArtifact, check: ArtifactCheck): VerifiedArtifact {
  attempt.verify(artifact, check);
  attempt.progressed();
  attempt.rows.clear("artifact_missing");
  // With no slot of the queue's own, this was the shared artifact that stands in for it (R5.4).
  if (attempt.description.deliverableId === undefined) attempt.rows.clear("missing_deliverable_id");
  attempt.record(EVENTS.artifactVerified, { data: recordOf(check) });
  return artifact;
}

/** The record of R9.1, passed or not. */
function writeCheck<P>(attempt: Attempt<P>, check: ArtifactCheck): void {
  attempt.worker.write("artifact_check", {
    id: check.id,
    jobId: attempt.description.id,
    traceId: attempt.traceId,
    data: {
      check_id: check.id,
      primary_url: check.url,
      files_url: check.filesUrl,
      http_status: check.httpStatus ?? null,
      file_count: check.fileCount ?? null,
      sha256: check.sha256 ?? null,
      passed: check.reason === undefined,
      reason: check.reason ?? null,
      checked_at: check.checkedAt / 1_000,
    },
  });
}

/** The check as it is kept (R5.2): what was asked, each answer, and what was found. */
function recordOf(check: ArtifactCheck): Readonly<Record<string, JsonValue>> {
  return {
    check_id: check.id,
    url: check.url,
    files_url: check.filesUrl,
    http_status: check.httpStatus ?? null,
    statuses: check.statuses,
    file_list_statuses: check.fileListStatuses,
    file_count: check.fileCount ?? null,
    sha256: check.sha256 ?? null,
    tries: check.tries,
    checked_at: check.checkedAt / 1_000,
  };
}

function evidence(check: ArtifactCheck): Attributes {
  return {
    [ATTRIBUTES.artifactCheckId.key]: check.id,
    [ATTRIBUTES.artifactUrl.key]: check.url,
    ...(check.httpStatus === undefined ? {} : { [ATTRIBUTES.artifactStatus.key]: check.httpStatus }),
    ...(check.fileCount === undefined ? {} : { [ATTRIBUTES.artifactFileCount.key]: check.fileCount }),
    ...(check.sha256 === undefined ? {} : { [ATTRIBUTES.artifactSha256.key]: check.sha256 }),
  };
}
