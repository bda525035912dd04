/** Time for the points of rows: Prometheus refuses a whole request that has a second value for one millisecond of a series. */

/** A time further ahead than this is of a clock that was set back since. */
const MAX_LEAD_MILLIS = 10_000;

/** A clock that gives each millisecond once: two exports may begin within one, with a row's change between them. */
export function increasingClock(now: () => number): () => number {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMillis = now();
    last = nowMillis > last || last - nowMillis > MAX_LEAD_MILLIS ? nowMillis : last + 1;
    return last;
  };
}
