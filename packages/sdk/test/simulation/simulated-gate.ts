/** A gate that knows which artifacts are there, in place of the real one, which has its own tests: thousands of runs can not each ask a server. */
import { randomUUID } from "node:crypto";
import type { ArtifactGate } from "../../src/artifact/index.ts";
import { issueVerifiedArtifact } from "../../src/artifact/verified-artifact.ts";

/** The gate, and the attempts that it has passed. */
export interface SimulatedGate extends ArtifactGate {
  readonly passed: ReadonlySet<string>;
}

/** An artifact is there where its address ends in `/there`. */
export function simulatedGate(now: () => number): SimulatedGate {
  const passed = new Set<string>();
  return {
    passed,
    async verify(claim, { jobId, attemptId }) {
      const id = randomUUID();
      const isThere = claim.url.endsWith("/there");
      const check = {
        id,
        jobId,
        attemptId,
        url: claim.url,
        filesUrl: claim.filesUrl,
        statuses: [isThere ? 200 : 404],
        fileListStatuses: [200],
        httpStatus: isThere ? 200 : 404,
        fileCount: isThere ? 1 : 0,
        sha256: isThere ? "00" : undefined,
        tries: 1,
        checkedAt: now(),
        reason: isThere ? undefined : ("http_status" as const),
      };
      if (!isThere) return { passed: false, reason: "http_status", message: "It is not there.", check };
      passed.add(attemptId);
      const artifact = issueVerifiedArtifact({
        jobId,
        attemptId,
        url: claim.url,
        filesUrl: claim.filesUrl,
        recordUrl: claim.url,
        checkId: id,
        httpStatus: 200,
        finalStatus: 200,
        fileCount: 1,
        sha256: "00",
        kinds: [],
        checkedAt: now(),
        evidenceRef: `artifact-check/${id}`,
      });
      return { passed: true, artifact, check };
    },
  };
}
