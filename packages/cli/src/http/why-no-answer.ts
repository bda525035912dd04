/** Why a request got no answer, in a few words for a person. */
import { redact } from "@worker-watchdog/sdk/redact";

/** What `fetch` threw: an error code of the network, `nothing within 10 s`, or its message without credentials. */
export function whyNoAnswer(error: unknown, timeoutMillis: number): string {
  if (!(error instanceof Error)) return redact(String(error)).text;
  if (error.name === "TimeoutError") return `nothing within ${timeoutMillis / 1_000} s`;
  const { cause } = error;
  if (!(cause instanceof Error)) return redact(error.message).text;
  return "code" in cause && typeof cause.code === "string" && cause.code !== ""
    ? cause.code
    : redact(cause.message || error.message).text;
}
