/** Leaves an address alone for a while that takes no connections: each attempt holds the event loop, whatever is unreferenced. */
import type { HttpPostResult } from "./http-post.ts";

const CLOSED_MILLIS = 5000;

/** What is known of one origin. Shared by the senders of all signals. */
export class ConnectGate {
  readonly #now: () => number;
  readonly #closed = new Map<string, { readonly untilMillis: number; readonly error: string }>();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Why nothing should be sent to `url` now; `undefined` where it may be tried. */
  refuses(url: string): string | undefined {
    const closed = this.#closed.get(new URL(url).origin);
    return closed !== undefined && this.#now() < closed.untilMillis ? closed.error : undefined;
  }

  /** Notes how a request ended. Only a connection that hung closes the gate: a refused one costs nothing. */
  note(url: string, result: HttpPostResult): void {
    const { origin } = new URL(url);
    if ("error" in result && result.isConnectTimeout === true)
      this.#closed.set(origin, { untilMillis: this.#now() + CLOSED_MILLIS, error: result.error });
    else this.#closed.delete(origin);
  }
}
