/** Notices when the wall clock leaps ahead of the monotonic one: the machine slept, its virtual machine was paused, or the clock was set. */
import type { Clock } from "../clock.ts";

/** Between two looks the two clocks drift apart by microseconds; anything above this is no drift. */
const LEAP_MILLIS = 1_000;

/**
 * Adds up how far the wall clock has leapt ahead. A step back takes nothing away: the monotonic clock, which stands still while a machine
 * sleeps, is the only witness left then, and a lease must never be taken for longer than it is.
 */
export class WallLeap {
  readonly #clock: Clock;
  #wall: number;
  #monotonic: number;
  #millis = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wall = clock.now();
    this.#monotonic = clock.monotonic();
  }

  /** Milliseconds leapt since construction. Looks at both clocks: call it often, so that a leap and a step back do not hide each other. */
  millis(): number {
    const wall = this.#clock.now();
    const monotonic = this.#clock.monotonic();
    const ahead = leapBetween(wall - this.#wall, monotonic - this.#monotonic);
    // Small differences are left standing, so that many of them still add up to a leap.
    if (ahead !== 0 || wall - this.#wall < monotonic - this.#monotonic) {
      this.#wall = wall;
      this.#monotonic = monotonic;
    }
    this.#millis += ahead;
    return this.#millis;
  }
}

/** How far the wall clock leapt while it advanced by one number of milliseconds and the monotonic clock by another. */
export function leapBetween(wallMillis: number, monotonicMillis: number): number {
  const ahead = wallMillis - monotonicMillis;
  return ahead > LEAP_MILLIS ? ahead : 0;
}
