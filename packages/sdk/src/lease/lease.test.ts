import { describe, expect, it } from "vitest";
import { manualClock } from "../testing/index.ts";
import { Lease } from "./lease.ts";

const START = Date.UTC(2026, 10, 21) / 1_000;

function lease(expiresAt: number, queueTime?: number): { lease: Lease; clock: ReturnType<typeof manualClock> } {
  const clock = manualClock();
  return { clock, lease: new Lease(clock, 60, { expiresAt, queueTime, askedAtMonotonic: clock.monotonic() }) };
}

describe("Lease", () => {
  it("counts down, and is never below zero by rounding", async () => {
    const { lease: held, clock } = lease(START + 600);
    expect(held.remainingSeconds()).toBe(600);
    await clock.advance(599_000);
    expect(held.remainingSeconds()).toBe(1);
    await clock.advance(2_000);
    expect(held.remainingSeconds()).toBe(-1);
    expect(held.isInDoubt()).toBe(false);
  });

  it("counts by the queue's clock where the two disagree, and exports the queue's raw expiry", () => {
    const { lease: held } = lease(START + 90 + 600, START + 90);
    expect(held.remainingSeconds()).toBe(600);
    expect(held.expiresAt).toBe(START + 690);
    expect(held.queueNow()).toBe(START + 90);
    expect(held.localExpiryMillis()).toBe((START + 600) * 1_000);
  });

  it("starts the countdown when the queue was asked, not when it answered", async () => {
    const clock = manualClock();
    const askedAtMonotonic = clock.monotonic();
    await clock.advance(5_000);
    const held = new Lease(clock, 60, { expiresAt: START + 600, queueTime: START, askedAtMonotonic });
    expect(held.remainingSeconds()).toBe(595);
  });

  it("takes a later expiry and ignores an earlier one", () => {
    const { lease: held, clock } = lease(START + 600);
    held.renew({ expiresAt: START + 500, queueTime: START, askedAtMonotonic: clock.monotonic() });
    expect(held.expiresAt).toBe(START + 600);
    held.renew({ expiresAt: START + 900, queueTime: START, askedAtMonotonic: clock.monotonic() });
    expect(held.remainingSeconds()).toBe(900);
  });

  it.each([
    ["in the past", START - 1, "ran out 1 s ago"],
    ["now", START, "ran out 0 s ago"],
    ["in milliseconds", (START + 600) * 1_000, "milliseconds"],
    ["beyond the maximum", START + 3_601, "60 minutes long"],
    ["no number", Number.NaN, "is not a number"],
  ])("refuses a lease that ends %s", (_, expiresAt, message) => {
    expect(() => lease(expiresAt)).toThrow(message);
    expect(() => lease(expiresAt)).toThrow(expect.objectContaining({ code: "response_invalid" }));
  });

  it("takes a lease of exactly the maximum", () => {
    expect(lease(START + 3_600).lease.remainingSeconds()).toBe(3_600);
  });
});

describe("Lease on a machine that sleeps, or whose clock is set", () => {
  // The monotonic clock stands still while a machine sleeps: only the wall clock knows then.
  it.each([
    ["R4.6: a sleep of 20 minutes ends a lease of 15", 900, [1_200_000], -300, true],
    ["a sleep that leaves something", 900, [899_000], 1, false],
    ["a sleep to the very end", 900, [900_000], 0, true],
    ["two sleeps add up", 900, [400_000, 400_000], 100, false],
    ["a clock set an hour ahead looks like a sleep, and counts as one", 900, [3_600_000], -2_700, true],
    ["a clock set an hour back makes no lease longer", 900, [-3_600_000], 900, false],
    ["a sleep after a clock set back still counts", 900, [-3_600_000, 600_000], 300, false],
    ["a sleep whose end sets the clock back still counts", 900, [600_000, -3_600_000], 300, false],
    ["a correction of less than a second is drift", 900, [1_000, 0, 0], 900, false],
    ["corrections that add up are no drift", 900, [800, 800], 898.4, false],
  ])("%s", async (_, seconds, steps, left, inDoubt) => {
    const { lease: held, clock } = lease(START + seconds);
    for (const step of steps) {
      clock.stepWallClock(step);
      held.remainingSeconds();
    }
    expect(held.remainingSeconds()).toBeCloseTo(left, 6);
    expect(held.isInDoubt()).toBe(inDoubt);
  });

  it.each([-3_600_000, 3_600_000])(
    "R6.4: once it has run out, a clock set by %i ms does not bring it back",
    async (step) => {
      const { lease: held, clock } = lease(START + 60);
      await clock.advance(61_000);
      clock.stepWallClock(step);
      expect(held.remainingSeconds()).toBeLessThanOrEqual(-1);
      expect(held.isInDoubt()).toBe(false);
    },
  );

  it("is no longer in doubt once it has run out awake as well", async () => {
    const { lease: held, clock } = lease(START + 60);
    clock.stepWallClock(120_000);
    expect(held.isInDoubt()).toBe(true);
    await clock.advance(60_000);
    expect(held.isInDoubt()).toBe(false);
  });

  it("the queue's word heals: a renewal after a leap counts in full", () => {
    const { lease: held, clock } = lease(START + 600, START);
    clock.stepWallClock(3_600_000);
    expect(held.remainingSeconds()).toBeLessThan(0);
    held.renew({ expiresAt: START + 610, queueTime: START + 10, askedAtMonotonic: clock.monotonic() });
    expect(held.remainingSeconds()).toBe(600);
    expect(held.queueNow()).toBe(START + 10);
    expect(held.isInDoubt()).toBe(false);
  });

  it("heals also where the queue grants nothing more, and says what it granted", () => {
    const { lease: held, clock } = lease(START + 600, START);
    clock.stepWallClock(3_600_000);
    held.renew({ expiresAt: START + 600, queueTime: START, askedAtMonotonic: clock.monotonic() });
    expect(held.remainingSeconds()).toBe(600);
  });

  it("a sleep in the middle of a renewal counts", async () => {
    const { lease: held, clock } = lease(START + 600, START);
    const asked = { askedAtMonotonic: clock.monotonic(), askedAtMillis: clock.now() };
    clock.stepWallClock(300_000);
    await clock.advance(1_000);
    held.renew({ expiresAt: START + 900, queueTime: START, ...asked });
    expect(held.remainingSeconds()).toBe(900 - 301);
  });

  it("keeps the queue's time through a step back of the worker's clock", async () => {
    const { lease: held, clock } = lease(START + 690, START + 90);
    clock.stepWallClock(-3_600_000);
    await clock.advance(10_000);
    expect(held.queueNow()).toBe(START + 100);
    expect(held.localExpiryMillis()).toBe(clock.now() + 590_000);
  });

  it("goes on in another process by the wall clock that both share", async () => {
    const { lease: held, clock } = lease(START + 690, START + 90);
    await clock.advance(100_000);
    const next = Lease.stored(clock, 60, { leaseExpiresAt: held.expiresAt, queueOffsetMillis: held.queueOffsetMillis });
    expect(next.remainingSeconds()).toBe(500);
    expect(next.queueNow()).toBe(START + 190);
  });
});
