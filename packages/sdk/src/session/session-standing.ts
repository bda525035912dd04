/** How a worker's session stands, as plain JSON in the journal: a restarted process neither tells of a death twice nor forgets a wait. */
import { type Journal, type JournalWorker, type JsonValue, workerScope } from "../journal/journal.ts";
import { ownField, ownNumber, ownText } from "../own-field.ts";
import { SESSION_CLASSES, type SessionClass } from "../semconv/index.ts";

/** Under a worker's scope. */
export const SESSION_KEY = "session";

/** A session that waits, or is dead. */
export interface SessionStanding {
  readonly is: "limited" | "dead";
  readonly kind: SessionClass;
  readonly evidence: string;
  /** When it began to wait, or died, in unix milliseconds. */
  readonly sinceMillis: number;
  /** When the wait is over, in unix milliseconds; null for a death. */
  readonly untilMillis: number | null;
  /** The same by the queue's clock, in unix seconds, as the attempt's row says it. */
  readonly limitedUntil: number | null;
  /** The attempt that was worked on, by job and trace; an empty job where there was none. */
  readonly jobId: string;
  readonly traceId: string;
  /** Incidents of its death that its rows show. */
  readonly incidents: number;
}

/** How a worker's session stands, by its journal; undefined while it is well. @throws WatchdogError `journal_unusable`. */
export function sessionStanding(journal: Journal, worker: JournalWorker): SessionStanding | undefined {
  return standingFrom(journal.get(workerScope(worker), SESSION_KEY));
}

/** Reads what is stored; undefined where the session is well, or what is stored does not say. */
export function standingFrom(value: JsonValue | undefined): SessionStanding | undefined {
  const kind = SESSION_CLASSES.find((known) => known === ownField(value, "kind"));
  const is = ownField(value, "is");
  if (kind === undefined || (is !== "limited" && is !== "dead")) return undefined;
  const text = (key: string): string => ownText(value, key) ?? "";
  const count = (key: string): number => ownNumber(value, key) ?? 0;
  return {
    is,
    kind,
    evidence: text("evidence"),
    sinceMillis: count("sinceMillis"),
    // A wait whose end was lost is over: better a page than a wait for ever.
    untilMillis: is === "dead" ? null : count("untilMillis"),
    limitedUntil: ownNumber(value, "limitedUntil") ?? null,
    jobId: text("jobId"),
    traceId: text("traceId"),
    incidents: count("incidents"),
  };
}
