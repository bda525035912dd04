/** A lease: the queue's absolute expiry, counted down on the monotonic clock so that no clock step moves it. */
import type { Clock } from "./clock.ts";
import { WatchdogError } from "./errors.ts";

/** A grant or renewal, as the queue words it. */
export interface LeaseGrant {
  /** Expiry in unix seconds, by the queue's clock. */
  readonly expiresAt: number;
  /** The queue's own time when it answered, in unix seconds; undefined where it does not say. */
  readonly queueTime: number | undefined;
  /** Monotonic time, in milliseconds, just before the queue was asked: the countdown starts there, so it is never late. */
  readonly askedAtMonotonic: number;
}

/** The worker's time-limited right to a job. */
export class Lease {
  readonly #clock: Clock;
  readonly #maxMinutes: number;
  #expiresAt = 0;
  #deadlineMonotonic = 0;
  #queueOffsetMillis = 0;

  /** @throws WatchdogError `response_invalid` for a lease that is in the past, in milliseconds, or longer than `maxMinutes`. */
  constructor(clock: Clock, maxMinutes: number, grant?: LeaseGrant) {
    this.#clock = clock;
    this.#maxMinutes = maxMinutes;
    if (grant !== undefined) this.renew(grant);
  }

  /** A lease that was granted to an earlier process; it may have run out since. */
  static stored(
    clock: Clock,
    maxMinutes: number,
    stored: { readonly leaseExpiresAt: number; readonly queueOffsetMillis: number },
  ): Lease {
    const lease = new Lease(clock, maxMinutes);
    lease.adopt(stored.leaseExpiresAt, stored.queueOffsetMillis);
    return lease;
  }

  /** The queue's clock less the worker's, in milliseconds, as far as the queue has said it. */
  get queueOffsetMillis(): number {
    return this.#queueOffsetMillis;
  }

  /** Takes a later expiry that another process of the worker was granted, by the wall clock that both share. */
  adopt(expiresAt: number, queueOffsetMillis: number): void {
    if (expiresAt <= this.#expiresAt) return;
    this.#expiresAt = expiresAt;
    this.#queueOffsetMillis = queueOffsetMillis;
    this.#deadlineMonotonic = this.#clock.monotonic() + this.localExpiryMillis() - this.#clock.now();
  }

  /** The queue's raw expiry, in unix seconds: what is exported. */
  get expiresAt(): number {
    return this.#expiresAt;
  }

  /** Seconds left; negative once it has run out. */
  remainingSeconds(): number {
    return (this.#deadlineMonotonic - this.#clock.monotonic()) / 1_000;
  }

  /** The queue's time now, in unix seconds. */
  queueNow(): number {
    return (this.#clock.now() + this.#queueOffsetMillis) / 1_000;
  }

  /** The expiry by the worker's own wall clock, in unix milliseconds. */
  localExpiryMillis(): number {
    return this.#expiresAt * 1_000 - this.#queueOffsetMillis;
  }

  /** Takes a new expiry. A renewal that ends earlier than the lease already does is ignored. */
  renew(grant: LeaseGrant): void {
    const { expiresAt, askedAtMonotonic } = grant;
    const askedAgo = this.#clock.monotonic() - askedAtMonotonic;
    const queueTime = grant.queueTime ?? (this.#clock.now() - askedAgo) / 1_000;
    const seconds = expiresAt - queueTime;
    const problem = problemOf(expiresAt, seconds, this.#maxMinutes);
    if (problem !== undefined) {
      throw new WatchdogError(
        "response_invalid",
        `The queue granted a lease that ${problem}. Allowed: unix seconds in the future, at most ${this.#maxMinutes} minutes ahead ` +
          "(thresholds.lease_max_minutes). A lease that pages too late, or never, is not taken.",
      );
    }
    if (expiresAt <= this.#expiresAt) return;
    this.#expiresAt = expiresAt;
    this.#deadlineMonotonic = askedAtMonotonic + seconds * 1_000;
    if (grant.queueTime !== undefined) this.#queueOffsetMillis = queueTime * 1_000 - (this.#clock.now() - askedAgo);
  }
}

function problemOf(expiresAt: number, seconds: number, maxMinutes: number): string | undefined {
  if (!Number.isFinite(expiresAt)) return "is not a number";
  if (expiresAt > 1e11) return `ends at ${expiresAt}, which looks like milliseconds`;
  if (seconds <= 0) return `ran out ${Math.round(-seconds)} s ago`;
  if (seconds > maxMinutes * 60) return `is ${Math.round(seconds / 60)} minutes long`;
  return undefined;
}
