/** The artifact gate: nothing counts as done before the gate has fetched it (R5). */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { WatchdogError } from "../errors.ts";
import { defaultPolicy } from "../policy/default-policy.ts";
import { compilePassExpression } from "../policy/pass-expression.ts";
import type { ArtifactSettings } from "../policy/policy.ts";
import { type ArtifactClaim, parseArtifactClaim } from "./artifact-claim.ts";
import { withoutCredentials } from "./bounded-fetch.ts";
import { GateFailure } from "./gate-failure.ts";
import type { ArtifactCheck, GateOutcome, VerifyContext } from "./gate-outcome.ts";
import { type Findings, type GateParts, tryOnce } from "./gate-try.ts";
import { hostMatcher } from "./host-list.ts";
import { asFailure, type HostLookup, systemLookup } from "./http-hop.ts";
import { issueVerifiedArtifact } from "./verified-artifact.ts";

/** Options of {@link createArtifactGate}. */
export interface ArtifactGateOptions {
  /** Bounds, from the policy. Default: the default policy's. */
  readonly settings?: ArtifactSettings | undefined;
  /** Pass expression, or predicate, over `{ primary_artifact_url_http_status }`. Default: the default policy's. */
  readonly pass?: string | ((result: unknown) => boolean) | undefined;
  /** Unix milliseconds. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** Finds a host's addresses; each is checked, and connected to. Default: the operating system's. */
  readonly lookup?: HostLookup | undefined;
  /** Waits before the retry; ends early, by throwing or not, when the signal aborts. Default: a timer. */
  readonly wait?: ((millis: number, signal: AbortSignal) => Promise<unknown>) | undefined;
}

/** Proves artifacts. Holds no state: one gate serves any number of jobs at once. */
export interface ArtifactGate {
  /**
   * Fetches what `claim` states and holds it to the policy. Takes at most four times the request timeout and the retry's wait.
   *
   * @throws the signal's reason when it aborts, and nothing else: an artifact that fails is an outcome.
   */
  verify(claim: ArtifactClaim, context: VerifyContext): Promise<GateOutcome>;
}

/**
 * Makes a gate.
 *
 * @throws {@link WatchdogError} `invalid_expression` for a pass expression that does not compile.
 *
 * @example
 * ```ts
 * const gate = createArtifactGate({ settings: policy.artifact, pass: policy.checks.artifact.pass });
 * const outcome = await gate.verify({ url, filesUrl }, { jobId: "job-1", attemptId: traceId });
 * ```
 */
export function createArtifactGate(options: ArtifactGateOptions = {}): ArtifactGate {
  const settings = options.settings ?? defaultPolicy.artifact;
  const pass = options.pass ?? defaultPolicy.checks.artifact.pass ?? "";
  const parts: GateParts = {
    settings,
    passes: typeof pass === "string" ? compilePassExpression(pass) : pass,
    passText: typeof pass === "string" ? pass : "a status that the policy passes",
    now: options.now ?? Date.now,
    wait: options.wait ?? ((millis, signal) => sleep(millis, undefined, { signal })),
    bounds: {
      lookup: options.lookup ?? systemLookup,
      isPrivateAllowed: hostMatcher(settings.allowed_private_hosts),
      isRedirectAllowed: hostMatcher(settings.allowed_hosts),
      maxRedirects: settings.max_redirects,
      timeoutMillis: settings.request_timeout_seconds * 1000,
      maxBytes: settings.max_bytes,
    },
  };
  return { verify: (claim, context) => verify(parts, claim, context) };
}

async function verify(parts: GateParts, stated: ArtifactClaim, context: VerifyContext): Promise<GateOutcome> {
  const { jobId, attemptId } = context;
  const signal = context.signal ?? new AbortController().signal;
  const findings: Findings = { statuses: [], fileListStatuses: [], fileCount: undefined, sha256: undefined };
  const id = randomUUID();
  let claim: ArtifactClaim | undefined;
  let tries = 0;
  let failure: GateFailure | undefined;
  try {
    claim = parseArtifactClaim(stated);
    while (true) {
      tries += 1;
      failure = await tryOnce(parts, claim, findings, signal, context.headers ?? {});
      if (failure === undefined || !failure.isRetryable || tries === 2) break;
      await parts.wait(parts.settings.retry_wait_seconds * 1000, signal);
      signal.throwIfAborted();
    }
  } catch (error) {
    signal.throwIfAborted();
    failure = claim === undefined ? new GateFailure("publish_failed", messageOf(error)) : asFailure(error);
  }
  const check: ArtifactCheck = Object.freeze({
    id,
    jobId,
    attemptId,
    url: recordAddress(claim?.url),
    filesUrl: recordAddress(claim?.filesUrl),
    statuses: Object.freeze([...findings.statuses]),
    fileListStatuses: Object.freeze([...findings.fileListStatuses]),
    httpStatus: findings.statuses[0],
    fileCount: findings.fileCount,
    sha256: findings.sha256,
    tries,
    checkedAt: parts.now(),
    reason: failure?.reason,
  });
  if (failure !== undefined || claim === undefined) {
    const reason = failure?.reason ?? "publish_failed";
    const where = check.url === "" ? "" : ` at ${check.url}`;
    const message = `The artifact of job ${jobId}${where} did not pass the gate (${reason}): ${failure?.message}. Publish it again, or call job.fail().`;
    return { passed: false, reason, message, check };
  }
  return { passed: true, artifact: issueVerifiedArtifact(provenFields(claim, check)), check };
}

function provenFields(claim: ArtifactClaim, check: ArtifactCheck): Parameters<typeof issueVerifiedArtifact>[0] {
  const { id, jobId, attemptId, statuses, fileCount, sha256, checkedAt } = check;
  const httpStatus = statuses[0];
  const finalStatus = statuses.at(-1);
  if (httpStatus === undefined || finalStatus === undefined || fileCount === undefined || sha256 === undefined) {
    throw new WatchdogError(
      "artifact_unverified",
      `The check of job ${jobId}'s artifact is incomplete. This is a defect: report it.`,
    );
  }
  return {
    jobId,
    attemptId,
    url: statedAddress(claim.url),
    filesUrl: statedAddress(claim.filesUrl),
    recordUrl: check.url,
    checkId: id,
    httpStatus,
    finalStatus,
    fileCount,
    sha256,
    kinds: claim.kinds ?? [],
    checkedAt,
    evidenceRef: `artifact-check/${id}`,
  };
}

/** An address as it was stated, to the letter unless it holds a user name or a password. */
function statedAddress(address: string): string {
  const url = new URL(address);
  if (url.username === "" && url.password === "") return address;
  url.username = "";
  url.password = "";
  return url.href;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An address for records: the query may be a signature. */
function recordAddress(address: string | undefined): string {
  if (address === undefined) return "";
  const bare = withoutCredentials(new URL(address));
  bare.search = "";
  return bare.href;
}
