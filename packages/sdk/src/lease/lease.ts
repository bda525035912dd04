/** A lease: the queue's absolute expiry, counted down so that no step of a clock and no sleep of the machine makes it longer. */
import type { Clock } from "../clock.ts";
import { WatchdogError } from "../errors.ts";
import { leapBetween, WallLeap } from "./wall-leap.ts";

/** A grant or renewal, as the queue words it. */
export interface LeaseGrant {
  /** Expiry in unix seconds, by the queue's clock. */
  readonly expiresAt: number;
  /** The queue's own time when it answered, in unix seconds; undefined where nothing says it. */
  readonly queueTime: number | undefined;
  /** Monotonic time, in milliseconds, just before the queue was asked: the countdown starts there, so it is never late. */
  readonly askedAtMonotonic: number;
  /** Wall-clock time at the same moment, in unix milliseconds. Default: as if no clock had leapt since. */
  readonly askedAtMillis?: number | undefined;
}

/** The worker's time-limited right to a job. */
export class Lease {
  readonly #clock: Clock;
  readonly #maxMinutes: number;
  readonly #leap: WallLeap;
  #expiresAt = 0;
  #deadlineMonotonic = 0;
  #leapAtGrant = 0;

  /** @throws WatchdogError `response_invalid` for a lease that is in the past, in milliseconds, or longer than `maxMinutes`. */
  constructor(clock: Clock, maxMinutes: number, grant?: LeaseGrant) {
    this.#clock = clock;
    this.#maxMinutes = maxMinutes;
    this.#leap = new WallLeap(clock);
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
    return this.#expiresAt * 1_000 - this.localExpiryMillis();
  }

  /** The queue's raw expiry, in unix seconds: what is exported. */
  get expiresAt(): number {
    return this.#expiresAt;
  }

  /** Seconds left; negative once it has run out. Time that the machine slept counts. */
  remainingSeconds(): number {
    return (this.#remainingAwakeMillis() - (this.#leap.millis() - this.#leapAtGrant)) / 1_000;
  }

  /** Whether it has run out only because the wall clock leapt ahead: the machine slept, or the clock was set. The queue knows which. */
  isInDoubt(): boolean {
    return this.remainingSeconds() <= 0 && this.#remainingAwakeMillis() > 0;
  }

  /** The queue's time now, in unix seconds. */
  queueNow(): number {
    return this.#expiresAt - this.remainingSeconds();
  }

  /** The expiry by the worker's own wall clock, in unix milliseconds. */
  localExpiryMillis(): number {
    return this.#clock.now() + this.remainingSeconds() * 1_000;
  }

  /** Takes a later expiry that another process of the worker was granted, by the wall clock that both share. */
  adopt(expiresAt: number, queueOffsetMillis: number): void {
    if (expiresAt <= this.#expiresAt) return;
    const leftMillis = expiresAt * 1_000 - queueOffsetMillis - this.#clock.now();
    this.#take(expiresAt, this.#clock.monotonic() + leftMillis, 0);
  }

  /** Takes a new expiry. A renewal that ends earlier than the lease already does is ignored. */
  renew(grant: LeaseGrant): void {
    const { expiresAt, askedAtMonotonic } = grant;
    const askedAgo = this.#clock.monotonic() - askedAtMonotonic;
    const askedAtMillis = grant.askedAtMillis ?? this.#clock.now() - askedAgo;
    const queueTime = grant.queueTime ?? askedAtMillis / 1_000;
    const seconds = expiresAt - queueTime;
    const problem = problemOf(expiresAt, seconds, this.#maxMinutes);
    if (problem !== undefined) {
      throw new WatchdogError(
        "response_invalid",
        `The queue granted a lease that ${problem}. Allowed: unix seconds in the future, at most ${this.#maxMinutes} minutes ahead ` +
          "(thresholds.lease_max_minutes). A lease that pages too late, or never, is not taken.",
      );
    }
    if (expiresAt < this.#expiresAt) return;
    this.#take(expiresAt, askedAtMonotonic + seconds * 1_000, leapBetween(this.#clock.now() - askedAtMillis, askedAgo));
  }

  /** `leptMillis`: how far the wall clock leapt while the queue was asked. */
  #take(expiresAt: number, deadlineMonotonic: number, leptMillis: number): void {
    this.#expiresAt = expiresAt;
    this.#deadlineMonotonic = deadlineMonotonic;
    this.#leapAtGrant = this.#leap.millis() - leptMillis;
  }

  #remainingAwakeMillis(): number {
    return this.#deadlineMonotonic - this.#clock.monotonic();
  }
}

function problemOf(expiresAt: number, seconds: number, maxMinutes: number): string | undefined {
  if (!Number.isFinite(expiresAt)) return "is not a number";
  if (expiresAt > 1e11) return `ends at ${expiresAt}, which looks like milliseconds`;
  if (seconds <= 0) return `ran out ${Math.round(-seconds)} s ago`;
  if (seconds > maxMinutes * 60) return `is ${Math.round(seconds / 60)} minutes long`;
  return undefined;
}
