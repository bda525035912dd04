/** R4.6, over random nights: whatever the machine and its clock do, a lease never looks longer than the queue's. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { Lease } from "../src/lease/lease.ts";

const START = 1_790_000_000_000;
const LEASE_MILLIS = 900_000;

type Act =
  /** Time passes. */
  | { readonly kind: "works"; readonly millis: number }
  /** The machine sleeps: its monotonic clock stands still. */
  | { readonly kind: "sleeps"; readonly millis: number }
  /** Somebody sets the clock, either way. */
  | { readonly kind: "sets"; readonly millis: number }
  /** The queue grants a new lease: asked, it answers after so long, half of it asleep where `sleeps`. */
  | { readonly kind: "renews"; readonly millis: number; readonly sleeps: boolean };

const span = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1_001, max });
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant("works" as const), millis: fc.integer({ min: 0, max: 300_000 }) }),
  fc.record({ kind: fc.constant("sleeps" as const), millis: span(1_000_000) }),
  fc.record({ kind: fc.constant("sets" as const), millis: fc.integer({ min: -5_000_000, max: 5_000_000 }) }),
  fc.record({ kind: fc.constant("renews" as const), millis: span(30_000), sleeps: fc.boolean() }),
);

/** A machine: what its clocks say, and what time it really is at the queue. */
function machine(queueOffset: number) {
  let real = START;
  let wall = START - queueOffset;
  let monotonic = 5_000;
  return {
    clock: { now: () => wall, monotonic: () => monotonic, after: () => ({ cancel() {} }) },
    queueSeconds: () => real / 1_000,
    works(millis: number) {
      real += millis;
      wall += millis;
      monotonic += millis;
    },
    sleeps(millis: number) {
      real += millis;
      wall += millis;
    },
    sets(millis: number) {
      wall += millis;
    },
  };
}

it("R4.6: a lease never looks longer than the queue's, and without leaps it is exactly as long", () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 25 }), fc.integer({ min: -90_000, max: 90_000 }), (acts, queueOffset) => {
      const { clock, queueSeconds, works, sleeps, sets } = machine(queueOffset);
      const ask = () => ({ askedAtMillis: clock.now(), askedAtMonotonic: clock.monotonic() });
      const grant = () => ({ expiresAt: queueSeconds() + LEASE_MILLIS / 1_000, queueTime: queueSeconds() });
      let lease = new Lease(clock, 60, { ...grant(), ...ask() });
      let expiresAt = lease.expiresAt;
      let leapt = false;
      for (const next of acts) {
        if (next.kind === "works") works(next.millis);
        else if (next.kind === "sleeps") sleeps(next.millis);
        else if (next.kind === "sets") sets(next.millis);
        else {
          const asked = ask();
          const granted = grant();
          if (next.sleeps) sleeps(next.millis);
          else works(next.millis);
          lease.renew({ ...granted, ...asked });
          expiresAt = granted.expiresAt;
          leapt = false;
        }
        leapt ||= next.kind === "sets";
        // A watch looks every ten seconds, and after each wake-up.
        const left = lease.remainingSeconds();
        const truth = expiresAt - queueSeconds();
        expect(left).toBeLessThanOrEqual(truth + 1.001);
        if (!leapt) expect(Math.abs(left - truth)).toBeLessThanOrEqual(1.001);
        if (left <= 0) lease = new Lease(clock, 60, { ...grant(), ...ask() });
        expiresAt = lease.expiresAt;
        if (left <= 0) leapt = false;
      }
    }),
    { numRuns: 2_000 },
  );
});
