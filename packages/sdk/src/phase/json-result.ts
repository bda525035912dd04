/** Reads a job service's HTTP response into a phase result, within bounds and with a reason when it is none. */
import { WatchdogError } from "../errors.ts";
import { keepResponseFacts } from "../lease/response-facts.ts";

const MAX_BYTES = 1_048_576;

/**
 * The JSON object in a job service's response.
 *
 * A rejection that the service words itself (a 4xx with a JSON object) is a result like any other: the policy judges it. No result: a status of
 * 500 and above, and a body that is not a JSON object or is larger than 1 MiB. The response's status and `Date` are remembered beside the result: they
 * stand in for an error code and a `server_time` that it does not have.
 *
 * @throws WatchdogError `service_unavailable` (retryable) for a status of 500 or above; `response_invalid` (retryable) for any other body.
 *
 * @example
 * ```ts
 * const claim = async ({ signal, headers }) => jsonResult(await fetch(`${service}/claim`, { method: "POST", signal, headers }));
 * ```
 */
export async function jsonResult(response: Response): Promise<Readonly<Record<string, unknown>>> {
  if (response.status >= 500) {
    await response.body?.cancel();
    throw new WatchdogError(
      "service_unavailable",
      `The job service answered ${response.status}. Allowed: a JSON object. The phase is retried once; read the service's log if it stays.`,
      { isRetryable: true, reason: `http_${response.status}` },
    );
  }
  const text = await boundedText(response);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(describe(response, text), looksLikeHtml(response, text) ? "html" : "not_json", cause);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(
      `the job service answered JSON that is ${Array.isArray(value) ? "an array" : String(value)}`,
      "not_an_object",
    );
  }
  keepResponseFacts(value, response);
  return value as Readonly<Record<string, unknown>>;
}

async function boundedText(response: Response): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw invalid(`the job service answered more than ${MAX_BYTES} bytes`, "too_large");
    try {
      text += decoder.decode(chunk, { stream: true });
    } catch (cause) {
      throw invalid("the job service answered bytes that are not UTF-8", "not_utf8", cause);
    }
  }
  return text;
}

function looksLikeHtml(response: Response, text: string): boolean {
  return response.headers.get("content-type")?.includes("html") === true || text.trimStart().startsWith("<");
}

function describe(response: Response, text: string): string {
  const kind = looksLikeHtml(response, text) ? "an HTML page" : text === "" ? "an empty body" : "text that is not JSON";
  return `the job service answered ${response.status} with ${kind}`;
}

function invalid(found: string, reason: string, cause?: unknown): WatchdogError {
  const sentence = found.charAt(0).toUpperCase() + found.slice(1);
  return new WatchdogError(
    "response_invalid",
    `${sentence}. Allowed: a JSON object of at most ${MAX_BYTES} bytes. Check the service's address, and any proxy or login in between.`,
    { isRetryable: true, reason, cause },
  );
}
