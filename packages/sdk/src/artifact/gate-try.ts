/** One try of the gate: the artifact, then its file list, each held to what the worker stated. */
import type { ArtifactSettings } from "../policy/policy.ts";
import type { ArtifactClaim } from "./artifact-claim.ts";
import { boundedFetch, type FetchBounds, type FetchedBody, withoutCredentials } from "./bounded-fetch.ts";
import { countFiles, isHtml } from "./file-list.ts";
import { GateFailure, statusFailure } from "./gate-failure.ts";
import { asFailure } from "./http-hop.ts";
import { isSignInPage } from "./sign-in-page.ts";

/** Enough of a page to see what it is. */
const sniffedBytes = 65_536;
/** Longest file list that is parsed. */
const fileListBytes = 4_194_304;

/** What a gate is made of. */
export interface GateParts {
  readonly settings: ArtifactSettings;
  readonly passes: (result: unknown) => boolean;
  readonly passText: string;
  readonly now: () => number;
  readonly wait: (millis: number, signal: AbortSignal) => Promise<unknown>;
  readonly bounds: Omit<FetchBounds, "signal" | "keptBytes">;
}

/** What one try has found so far; filled as it goes, so that a failure leaves it as well. */
export interface Findings {
  statuses: number[];
  fileListStatuses: number[];
  fileCount: number | undefined;
  sha256: string | undefined;
}

/** One whole check, of artifact and file list. Gives the failure back; throws only for an abort. */
export async function tryOnce(
  parts: GateParts,
  claim: ArtifactClaim,
  findings: Findings,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>>,
): Promise<GateFailure | undefined> {
  Object.assign(findings, { statuses: [], fileListStatuses: [], fileCount: undefined, sha256: undefined });
  const url = withoutCredentials(new URL(claim.url));
  const filesUrl = withoutCredentials(new URL(claim.filesUrl));
  const common = { traceHeaders: traceHeaders(headers), traceHost: url };
  try {
    const primary = await boundedFetch(
      {
        ...common,
        url,
        headers: { accept: "*/*" },
        onStatus: (status) => {
          findings.statuses.push(status);
          const isFirst = findings.statuses.length === 1;
          if (isFirst && !parts.passes({ primary_artifact_url_http_status: status }))
            throw statusFailure(status, parts.passText);
        },
      },
      { ...parts.bounds, signal, keptBytes: sniffedBytes },
    );
    findings.sha256 = primary.sha256;
    // Also where the worker states the digest of nothing: an address that serves no byte is where an artifact was meant to be.
    if (primary.byteCount === 0)
      throw new GateFailure("empty_artifact", "found an artifact of 0 bytes, allowed at least 1 byte");
    // A stated digest that matches proves that this is the worker's own page, also where it has a password field.
    if (primary.sha256 !== claim.sha256) refuseSignIn(primary);
    if (claim.sha256 !== undefined && primary.sha256 !== claim.sha256) {
      throw new GateFailure("digest_mismatch", `found SHA-256 ${primary.sha256}, allowed the stated ${claim.sha256}`);
    }
    const list = await boundedFetch(
      {
        ...common,
        url: filesUrl,
        headers: { accept: "application/json, text/html;q=0.9, */*;q=0.1" },
        onStatus: (status) => findings.fileListStatuses.push(status),
      },
      { ...parts.bounds, signal, maxBytes: Math.min(parts.bounds.maxBytes, fileListBytes), keptBytes: fileListBytes },
    );
    refuseSignIn(list);
    findings.fileCount = countFiles({
      address: list.address,
      mediaType: list.mediaType,
      text: list.start.toString("utf8"),
    });
    if (claim.fileCount !== undefined && findings.fileCount !== claim.fileCount) {
      throw new GateFailure(
        "count_mismatch",
        `found ${findings.fileCount} files in the list, allowed the stated ${claim.fileCount}`,
      );
    }
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return asFailure(error);
  }
}

function refuseSignIn(body: FetchedBody): void {
  const text = body.start.subarray(0, sniffedBytes).toString("utf8");
  if (isHtml(body.mediaType, text) && isSignInPage(text, body.address)) {
    throw new GateFailure(
      "sign_in_page",
      `found a sign-in page at ${body.address.host}, allowed the artifact itself without a sign-in`,
    );
  }
}

function traceHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const names = ["traceparent", "tracestate"];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => names.includes(name.toLowerCase())));
}
