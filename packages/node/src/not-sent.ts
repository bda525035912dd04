/** Says, once and in one line, what could not be sent. */
import { writeSync } from "node:fs";

/** What a process could not send by its end. */
export interface NotSent {
  /** Where it should have gone. */
  readonly endpoint: string;
  /** Ended spans that no receiver acknowledged. */
  readonly spans: number;
  /** Gauge rows whose last value no receiver acknowledged. */
  readonly rows: number;
  /** Log records that no receiver acknowledged. */
  readonly logRecords: number;
  /** Why, as far as known, such as `connect ECONNREFUSED 127.0.0.1:4318`. */
  readonly reason: string;
}

/** The line that is written where the application does not handle it. */
export function describeNotSent({ endpoint, spans, rows, logRecords, reason }: NotSent): string {
  const parts = [count(spans, "span"), count(rows, "row"), count(logRecords, "log record")].filter(
    (part) => part !== "",
  );
  // The reason may be a receiver's words, and this is one line.
  const why = reason.replaceAll(/\p{Cc}+/gu, " ");
  return `worker-watchdog: not sent to ${endpoint}: ${parts.join(", ")} (${why}). The worker itself is not affected; check the Collector there, or set OTEL_EXPORTER_OTLP_ENDPOINT.`;
}

/** Writes the line to stderr at once, as the process may be about to end. */
export function writeNotSent(notSent: NotSent): void {
  try {
    writeSync(2, `${describeNotSent(notSent)}\n`);
  } catch {
    // A closed or full stderr is no reason to fail a worker.
  }
}

function count(value: number, noun: string): string {
  return value === 0 ? "" : `${value} ${noun}${value === 1 ? "" : "s"}`;
}
