import { describe, expect, it } from "vitest";
import { Lease } from "./lease.ts";
import { manualClock } from "./testing/index.ts";

const START = Date.UTC(2026, 10, 21) / 1_000;

function lease(expiresAt: number, queueTime?: number): { lease: Lease; clock: ReturnType<typeof manualClock> } {
  const clock = manualClock();
  return { clock, lease: new Lease(clock, 60, { expiresAt, queueTime, askedAtMonotonic: clock.monotonic() }) };
}

describe("Lease", () => {
  it("counts down on the monotonic clock, whatever the wall clock does", async () => {
    const { lease: held, clock } = lease(START + 600);
    clock.stepWallClock(3_600_000);
    expect(held.remainingSeconds()).toBe(600);
    await clock.advance(599_000);
    expect(held.remainingSeconds()).toBe(1);
    await clock.advance(2_000);
    expect(held.remainingSeconds()).toBe(-1);
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
