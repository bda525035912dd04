/** Does the Collector answer, and is this machine's clock right by its? */
import { whyNoAnswer } from "../http/why-no-answer.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

/** What is asked, and how. */
export interface CollectorQuestion {
  /** Where metrics are posted to. */
  readonly metricsUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Offset from which a point is clamped by the Collector, in seconds: design §5. */
  readonly warnSeconds: number;
  /** Offset from which the clock is wrong, in seconds. */
  readonly failSeconds: number;
  readonly timeoutMillis?: number | undefined;
  readonly fetch?: typeof fetch | undefined;
}

const TIMEOUT_MILLIS = 5_000;
const SUBJECT = "Collector";

/** Posts an empty export: nothing is stored, and all of the way is tried. */
export async function checkCollector(question: CollectorQuestion): Promise<readonly Finding[]> {
  const { metricsUrl, headers, fetch: ask = fetch, timeoutMillis = TIMEOUT_MILLIS } = question;
  const { origin } = new URL(metricsUrl);
  const askedAt = Date.now();
  let response: Response;
  try {
    response = await ask(metricsUrl, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: '{"resourceMetrics":[]}',
      signal: AbortSignal.timeout(timeoutMillis),
    });
    await response.body?.cancel();
  } catch (error) {
    return [
      fail(
        SUBJECT,
        `${origin} does not answer: ${whyNoAnswer(error, timeoutMillis)}`,
        "Start the Collector, or set OTEL_EXPORTER_OTLP_ENDPOINT to where it listens for OTLP over HTTP.",
      ),
    ];
  }
  const answeredAt = Date.now();
  const answer = response.ok
    ? ok(SUBJECT, `${origin} answers`)
    : fail(
        SUBJECT,
        `${origin} answers ${response.status}`,
        response.status === 401 || response.status === 403
          ? "Set OTEL_EXPORTER_OTLP_HEADERS to what it asks for."
          : "Look whether something else listens there: the Collector's OTLP receiver for HTTP has port 4318 by default.",
      );
  return [answer, clockFinding(response.headers.get("date"), askedAt, answeredAt, question, "the Collector's")];
}

/** Compares this machine's clock with a `Date` header, which is cut to whole seconds. */
export function clockFinding(
  date: string | null,
  askedAtMillis: number,
  answeredAtMillis: number,
  limits: { readonly warnSeconds: number; readonly failSeconds: number },
  whose: string,
): Finding {
  const theirs = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(theirs)) return ok("clock", `not compared: ${whose} answer has no Date header`);
  // Ahead by at least so much: their time may be up to a second later than it says.
  const ahead = askedAtMillis - (theirs + 1_000);
  const behind = theirs - answeredAtMillis;
  const seconds = Math.max(ahead, behind, 0) / 1_000;
  const found = `${seconds < 1 ? "within a second of" : `${Math.round(seconds)} s ${ahead > 0 ? "ahead of" : "behind"}`} ${whose}`;
  if (seconds >= limits.failSeconds)
    return fail(
      "clock",
      found,
      "Set the clock by NTP: leases are counted wrong, and points are refused or shown late.",
    );
  if (seconds >= limits.warnSeconds) return warn("clock", found, "Set the clock by NTP before it is off by more.");
  return ok("clock", found);
}
