/** The artifact gate: nothing counts as done before the gate has fetched it (R5). */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { WatchdogError } from "../errors.ts";
import { defaultPolicy } from "../policy/default-policy.ts";
import { compilePassExpression } from "../policy/pass-expression.ts";
import type { ArtifactSettings } from "../policy/policy.ts";
import type { ArtifactReason } from "../semconv/index.ts";
import { type ArtifactClaim, parseArtifactClaim } from "./artifact-claim.ts";
import { boundedFetch, type FetchBounds, type FetchedBody, withoutCredentials } from "./bounded-fetch.ts";
import { countFiles, isHtml } from "./file-list.ts";
import { GateFailure, statusFailure } from "./gate-failure.ts";
import { hostMatcher } from "./host-list.ts";
import { asFailure, type HostLookup, systemLookup } from "./http-hop.ts";
import { isSignInPage } from "./sign-in-page.ts";
import { issueVerifiedArtifact, type VerifiedArtifact } from "./verified-artifact.ts";

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

/** Whose artifact is verified, and how long the gate may go on. */
export interface VerifyContext {
  readonly jobId: string;
  /** Trace id of the attempt. */
  readonly attemptId: string;
  /** Ends the verification; it rejects with the signal's reason then. */
  readonly signal?: AbortSignal | undefined;
  /** Trace context; `traceparent` and `tracestate` are sent, and to the artifact's own host alone. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The record of one check, passed or not. Addresses are without query and credentials. */
export interface ArtifactCheck {
  readonly id: string;
  readonly jobId: string;
  readonly attemptId: string;
  /** The primary artifact's address; empty where the claim had none. */
  readonly url: string;
  readonly filesUrl: string;
  /** Status of each response for the primary artifact, in order, of the last try. */
  readonly statuses: readonly number[];
  /** Status of each response for the file list, in order, of the last try. */
  readonly fileListStatuses: readonly number[];
  /** Status of the first response; undefined where none came. */
  readonly httpStatus: number | undefined;
  readonly fileCount: number | undefined;
  /** SHA-256 of the primary artifact, in hex. */
  readonly sha256: string | undefined;
  /** 1, or 2 where the retry was spent. */
  readonly tries: number;
  /** When the check ended, in unix milliseconds. */
  readonly checkedAt: number;
  /** Why it did not pass; undefined where it did. */
  readonly reason: ArtifactReason | undefined;
}

/** How a check ended. */
export type GateOutcome =
  | { readonly passed: true; readonly artifact: VerifiedArtifact; readonly check: ArtifactCheck }
  | {
      readonly passed: false;
      readonly reason: ArtifactReason;
      readonly message: string;
      readonly check: ArtifactCheck;
    };

/** Proves artifacts. Holds no state: one gate serves any number of jobs at once. */
export interface ArtifactGate {
  /**
   * Fetches what `claim` states and holds it to the policy. Takes at most four times the request timeout and the retry's wait.
   *
   * @throws the signal's reason when it aborts, and nothing else: an artifact that fails is an outcome.
   */
  verify(claim: ArtifactClaim, context: VerifyContext): Promise<GateOutcome>;
}

/** Enough of a page to see what it is. */
const sniffedBytes = 65_536;
/** Longest file list that is parsed. */
const fileListBytes = 4_194_304;

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

interface GateParts {
  readonly settings: ArtifactSettings;
  readonly passes: (result: unknown) => boolean;
  readonly passText: string;
  readonly now: () => number;
  readonly wait: (millis: number, signal: AbortSignal) => Promise<unknown>;
  readonly bounds: Omit<FetchBounds, "signal" | "keptBytes">;
}

/** What one try has found so far. */
interface Findings {
  statuses: number[];
  fileListStatuses: number[];
  fileCount: number | undefined;
  sha256: string | undefined;
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

/** One whole check, of artifact and file list. Gives the failure back; throws only for an abort. */
async function tryOnce(
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
