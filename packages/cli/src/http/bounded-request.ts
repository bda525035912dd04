/** One HTTP request that ends: bounded in time, and its answer in size. */

/** What is asked, and how much of an answer is read. */
export interface BoundedRequest {
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  readonly timeoutMillis?: number | undefined;
  readonly maxBytes?: number | undefined;
  readonly fetch?: typeof fetch | undefined;
}

/** The answer. */
export interface BoundedAnswer {
  readonly status: number;
  readonly isOk: boolean;
  readonly headers: Headers;
  /** The body; undefined where it is larger than was allowed. */
  readonly text: string | undefined;
}

/** How long an answer is waited for, whole. */
export const REQUEST_TIMEOUT_MILLIS = 10_000;
/** The rules of a large server are some megabytes. */
export const MOST_ANSWER_BYTES = 32 << 20;

/** Asks once; a redirect is no answer, for the address that it leads to is not the one that a person named. @throws what `fetch` throws. */
export async function boundedRequest(url: string | URL, request: BoundedRequest = {}): Promise<BoundedAnswer> {
  const { timeoutMillis = REQUEST_TIMEOUT_MILLIS, maxBytes = MOST_ANSWER_BYTES, fetch: ask = fetch } = request;
  const { method = "GET", headers = {}, body = null } = request;
  const signal = AbortSignal.timeout(timeoutMillis);
  const response = await ask(url, { method, headers, body, redirect: "error", signal });
  const text = await textUpTo(response, maxBytes);
  return { status: response.status, isOk: response.ok, headers: response.headers, text };
}

async function textUpTo(response: Response, maxBytes: number): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    // Leaving the loop closes the connection.
    if (bytes > maxBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
