/** What a job service's HTTP response said beside its body, remembered for the result that was read from it. */

/** What was beside the body. */
export interface ResponseFacts {
  /** The HTTP status. */
  readonly status: number;
  /** The `Date` header, in unix seconds: when the response was made, cut to the second. Undefined where a cache may have kept it. */
  readonly dateSeconds: number | undefined;
}

// Beside the result, not on it: results pass through the library untouched.
const facts: WeakMap<object, ResponseFacts> = new WeakMap();

/** Remembers the facts of `response` for as long as `result` lives. */
export function keepResponseFacts(result: object, response: Response): void {
  const date = Date.parse(response.headers.get("date") ?? "");
  const isFresh = Number(response.headers.get("age") ?? 0) === 0;
  facts.set(result, {
    status: response.status,
    dateSeconds: isFresh && Number.isFinite(date) ? date / 1_000 : undefined,
  });
}

/** The facts of a result that `jsonResult` gave; undefined for any other value. */
export function responseFacts(result: unknown): ResponseFacts | undefined {
  return typeof result === "object" && result !== null ? facts.get(result) : undefined;
}
