/** The queue's own time, from what it answered: `server_time`, or the `Date` of its HTTP response. */
import { ownField } from "../own-field.ts";
import { responseFacts } from "./response-facts.ts";

/** When the queue answered, by its own clock, in unix seconds: not before `earliest`, and not after `latest`. */
export interface QueueTime {
  readonly earliest: number;
  readonly latest: number;
}

/** The queue's time in a result; undefined where nothing says it. */
export function queueTimeOf(result: unknown): QueueTime | undefined {
  const stated = ownField(result, "server_time");
  if (typeof stated === "number" && Number.isFinite(stated)) return { earliest: stated, latest: stated };
  const date = responseFacts(result)?.dateSeconds;
  // A `Date` is cut to the second: for a lease the later end counts, so that it never looks longer than it is.
  return date === undefined ? undefined : { earliest: date, latest: date + 1 };
}
