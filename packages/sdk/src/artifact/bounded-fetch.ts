/** One bounded fetch of the gate: redirects, addresses, time and bytes are all limited, and nothing is kept that is not needed. */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { GateFailure, statusFailure } from "./gate-failure.ts";
import { isSameHost } from "./host-list.ts";
import { asFailure, type HopOptions, openHop } from "./http-hop.ts";
import { isSignInAddress } from "./sign-in-page.ts";

/** Bounds of a fetch. */
export interface FetchBounds extends Omit<HopOptions, "headers"> {
  /** Hosts beside the first that a redirect may lead to. */
  readonly isRedirectAllowed: (url: URL) => boolean;
  readonly maxRedirects: number;
  /** Limit of everything: connection, redirects and body. */
  readonly timeoutMillis: number;
  readonly maxBytes: number;
  /** How much of the body's start is kept. */
  readonly keptBytes: number;
}

/** What to fetch. */
export interface FetchRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent to `traceHost` alone, on whichever hop. */
  readonly traceHeaders: Readonly<Record<string, string>>;
  readonly traceHost: URL;
  /** Told of each status as it comes, so that a failure leaves its statuses as well. Throws to end the fetch. */
  readonly onStatus: (status: number) => void;
}

/** A body that was read to its end. */
export interface FetchedBody {
  readonly address: URL;
  readonly mediaType: string;
  readonly sha256: string;
  readonly byteCount: number;
  /** The body's start, at most `keptBytes`. */
  readonly start: Buffer;
}

/**
 * Fetches `request.url`, follows redirects within the bounds and reads the body, which must come with status 200.
 *
 * @throws GateFailure with the reason; the signal's reason when the caller aborts.
 */
export async function boundedFetch(request: FetchRequest, bounds: FetchBounds): Promise<FetchedBody> {
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    const message = `found no whole response within ${bounds.timeoutMillis / 1000} s, allowed artifact.request_timeout_seconds`;
    deadline.abort(new GateFailure("transport", message, true));
  }, bounds.timeoutMillis);
  try {
    const signal = AbortSignal.any([bounds.signal, deadline.signal]);
    return await follow(request, { ...bounds, signal });
  } finally {
    clearTimeout(timer);
  }
}

async function follow(request: FetchRequest, bounds: FetchBounds): Promise<FetchedBody> {
  let address = request.url;
  for (let redirects = 0; ; redirects += 1) {
    const traced = isSameHost(address, request.traceHost) ? request.traceHeaders : {};
    const response = await openHop(address, { ...bounds, headers: { ...request.headers, ...traced } });
    try {
      const status = response.statusCode ?? 0;
      request.onStatus(status);
      if (status === 200) return await readBody(response, address, bounds);
      if (![301, 302, 303, 307, 308].includes(status)) throw statusFailure(status, "200 at the end");
      if (redirects >= bounds.maxRedirects)
        throw refused(`more than ${bounds.maxRedirects} redirects`, `${bounds.maxRedirects}`);
      address = redirectTarget(response.headers.location, address, request.url, bounds);
    } finally {
      response.destroy();
    }
  }
}

function redirectTarget(location: string | undefined, from: URL, first: URL, bounds: FetchBounds): URL {
  if (location === undefined || !URL.canParse(location, from.href))
    throw refused("a redirect without a usable address", "an http or https address");
  const target = new URL(location, from);
  if (target.protocol !== "http:" && target.protocol !== "https:")
    throw refused(`a redirect to ${target.protocol}`, "http and https");
  if (isSignInAddress(target)) {
    throw new GateFailure(
      "sign_in_page",
      `found a redirect to a sign-in page at ${target.host}, allowed the artifact itself without a sign-in`,
    );
  }
  if (!isSameHost(target, first) && !bounds.isRedirectAllowed(target)) {
    throw refused(`a redirect to ${target.host}`, `${first.host} and hosts in artifact.allowed_hosts`);
  }
  return target;
}

function refused(found: string, allowed: string): GateFailure {
  return new GateFailure("redirect_refused", `found ${found}, allowed ${allowed}`);
}

async function readBody(response: IncomingMessage, address: URL, bounds: FetchBounds): Promise<FetchedBody> {
  const encoding = response.headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  if (encoding !== "identity" && encoding !== "") {
    throw new GateFailure(
      "transport",
      `found content-encoding ${encoding.slice(0, 40)}, allowed identity, as was asked for`,
    );
  }
  if (Number(response.headers["content-length"] ?? 0) > bounds.maxBytes) throw tooLarge(bounds.maxBytes);
  const hash = createHash("sha256");
  const start: Buffer[] = [];
  let kept = 0;
  let byteCount = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      byteCount += chunk.length;
      if (byteCount > bounds.maxBytes) throw tooLarge(bounds.maxBytes);
      hash.update(chunk);
      if (kept < bounds.keptBytes) {
        const part = chunk.subarray(0, bounds.keptBytes - kept);
        // Copied, or the slice would keep the whole chunk alive.
        start.push(part.length === chunk.length ? chunk : Buffer.from(part));
        kept += part.length;
      }
    }
  } catch (error) {
    throw bounds.signal.aborted ? bounds.signal.reason : asFailure(error);
  }
  const mediaType = (response.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  return { address, mediaType, sha256: hash.digest("hex"), byteCount, start: Buffer.concat(start) };
}

function tooLarge(maxBytes: number): GateFailure {
  return new GateFailure(
    "too_large",
    `found a body of more than ${maxBytes} bytes, allowed at most that many (artifact.max_bytes, and 4 MiB for a file list)`,
  );
}

/** A copy of `url` without user name, password and fragment. */
export function withoutCredentials(url: URL): URL {
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  bare.hash = "";
  return bare;
}
