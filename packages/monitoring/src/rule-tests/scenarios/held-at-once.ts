/** Alert 13 from open claims alone: two jobs that a worker works on at once, and what only looks like it. */
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { Firing } from "../expectation.ts";
import { fires, type Scenario, setting, silent } from "../scenario.ts";
import type { InputSeries } from "../series.ts";
import { type AttemptHistory, attemptLabels, attemptSeries } from "../worker-history.ts";

export function heldAtOnce(policy: Policy): Scenario {
  const { ticks, ranges, leaseSeconds } = setting(policy);
  const slack = policy.thresholds.clock_offset_warn_seconds;
  /** When the second job is claimed, and the first tick at which both are held for longer than clocks and rows may be off. */
  const second = 6 * ticks.step;
  const last = ticks.upTo(second + slack);
  const due = ticks.after(second + slack);
  const givenBack = due + 4 * ticks.step;
  const held = givenBack - ticks.step + ranges.eventSeconds;
  const every = (from: number, to: number): readonly number[] =>
    Array.from({ length: Math.floor((to - from) / ticks.step) + 1 }, (_, index) => from + index * ticks.step);
  const attempt = (worker: string, job: string, over: Partial<AttemptHistory> = {}): AttemptHistory => {
    const claimedAt = over.claimedAt ?? 0;
    return {
      worker,
      job: `J-${worker}-${job}`,
      trace: `t-${worker}-${job}`,
      claimedAt,
      leases: [[claimedAt, claimedAt + leaseSeconds]],
      until: givenBack + 2 * ticks.step,
      ...over,
    };
  };
  const alive = (to: number, from = 0): Partial<AttemptHistory> => ({ aliveAt: every(from, to) });
  const later = { claimedAt: second };
  const workedOn = { ...later, ...alive(givenBack, second) };
  const firing = (value: number, ...of: readonly AttemptHistory[]): readonly Firing[] =>
    of.map((each) => ({
      labels: { ...attemptLabels(each), kind: "multiple_primary_jobs", reason: "held_at_once" },
      value,
    }));

  const both = [
    attempt("both", "1", { ...alive(givenBack), settledAt: givenBack }),
    attempt("both", "2", { ...workedOn, settledAt: givenBack }),
  ];
  // No word of life, and dead as soon as the second one is claimed.
  const plain = [
    attempt("plain", "1", { until: second, leases: [[0, givenBack]] }),
    attempt("plain", "2", { ...later, until: second }),
  ];
  const three = [
    attempt("three", "1", { claimedAt: ticks.step, ...alive(givenBack, ticks.step), settledAt: givenBack }),
    attempt("three", "2", { ...later, settledAt: givenBack }),
    attempt("three", "3", { ...later, settledAt: givenBack }),
  ];
  // Two processes under one name: the one that claimed last is killed, and the other works on.
  const twins = [
    attempt("twins", "1", { ...alive(givenBack), settledAt: givenBack }),
    attempt("twins", "2", { ...later, aliveAt: [second], until: second }),
  ];
  const quiet: readonly AttemptHistory[] = [
    // Killed, and started again without its memory: the first job runs into its lease.
    attempt("restarted", "1", { ...alive(second - ticks.step), until: second - ticks.step }),
    attempt("restarted", "2", workedOn),
    // Its clock is ahead, by as much as is allowed.
    attempt("ahead", "1", { aliveAt: [0, last] }),
    attempt("ahead", "2", workedOn),
    // The first job's end arrives as late as is allowed.
    attempt("late", "1", { settledAt: last }),
    attempt("late", "2", later),
    // The same job, claimed anew under a new trace, and in the very same second.
    attempt("again", "1"),
    attempt("again", "1", { ...workedOn, trace: "t-again-2" }),
    attempt("twice", "1"),
    attempt("twice", "1", { trace: "t-twice-2" }),
    attempt("three", "1", { trace: "t-three-0" }),
    // Taken over by another worker, which has no other job.
    attempt("taken", "1", alive(givenBack)),
    attempt("taken", "2", workedOn),
    attempt("taker", "1", { ...workedOn, job: "J-taken-1" }),
    // Its first lease is over.
    attempt("expired", "1", { leases: [[0, due]] }),
    attempt("expired", "2", later),
    // A namesake of the first, in another pool, that left a job behind.
    attempt("both", "1", { pool: "a", trace: "t-left", ...alive(2 * ticks.step) }),
    attempt("both", "2", {
      pool: "a",
      trace: "t-next",
      claimedAt: 2 * ticks.step,
      ...alive(givenBack, 2 * ticks.step),
    }),
    attempt("plain", "1", { pool: "a", trace: "t-plain-left", ...alive(2 * ticks.step) }),
    attempt("plain", "2", {
      pool: "a",
      trace: "t-plain-next",
      claimedAt: 2 * ticks.step,
      ...alive(givenBack, 2 * ticks.step),
    }),
    // Two workers of one name, each in a pool of its own; two workers of one pool.
    attempt("namesake", "1", { pool: "a" }),
    attempt("namesake", "2", { ...later, pool: "b" }),
    attempt("one", "1"),
    attempt("other", "2", later),
  ];
  const told = [...firing(1, ...both), ...firing(1, ...plain), ...firing(1, ...twins), ...firing(2, ...three)];
  const series = (attempts: readonly AttemptHistory[]): readonly InputSeries[] =>
    attempts.flatMap((each) => attemptSeries(policy, each));
  return {
    name: "multiple_primary_jobs: worked on at once, by a worker that never says it lives, three; and what only looks like it",
    series: [
      ...series([...both, ...plain, ...three, ...twins, ...quiet]),
      ...series(both.map((each) => ({ ...each, replica: "2" }))),
    ],
    expectations: [
      ...silent(["multiple_primary_jobs"], second, last),
      // Found by the deep scans: the tick after sees it.
      ...fires("multiple_primary_jobs", told, due + ticks.step, givenBack, ticks.upTo(held) - ticks.step),
      ...silent(["multiple_primary_jobs"], ticks.after(held) + ticks.step),
    ],
  };
}
