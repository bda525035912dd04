import { expect, it } from "vitest";
import { manualClock } from "../testing/index.ts";
import { type OpenCall, OpenCalls } from "./open-calls.ts";

interface TestCall extends OpenCall {
  readonly name: string;
}

function bench() {
  const calls = new OpenCalls();
  const given: unknown[] = [];
  const open = (name: string, signal?: AbortSignal, deadline = Number.POSITIVE_INFINITY): TestCall => {
    const call: TestCall = {
      name,
      signal,
      slot: -1,
      deadline,
      overdue: () => {
        given.push([name, "overdue"]);
        calls.delete(call);
      },
      giveUp: (error) => {
        given.push([name, error instanceof Error ? (error as { code?: unknown }).code : error]);
        calls.delete(call);
      },
    };
    calls.add(call);
    return call;
  };
  return { calls, given, open };
}

it("gives up the calls of the signal that aborts, and no other", () => {
  const { given, open } = bench();
  const [first, second] = [new AbortController(), new AbortController()];
  open("a", first.signal);
  open("b", second.signal);
  open("c", first.signal);
  open("d");
  first.abort("lease");
  expect(given).toEqual([
    ["a", "lease"],
    ["c", "lease"],
  ]);
  second.abort("stop");
  expect(given.at(-1)).toEqual(["b", "stop"]);
});

it("forgets a call that has ended, in whichever order they end", () => {
  const { calls, given, open } = bench();
  const [a, b, c] = [open("a"), open("b"), open("c")];
  calls.delete(a);
  calls.delete(a);
  calls.delete(c);
  calls.nothingIsLeft();
  expect(given).toEqual([["b", "phase_timeout"]]);
  calls.delete(b);
  calls.nothingIsLeft();
  expect(given).toHaveLength(1);
});

it("listens to a signal once, however many calls it has had", () => {
  const { calls, open } = bench();
  const { signal } = new AbortController();
  let listeners = 0;
  signal.addEventListener = () => {
    listeners += 1;
  };
  for (let count = 0; count < 100; count += 1) calls.delete(open("a", signal));
  expect(listeners).toBe(1);
});

it("has one listener of the process for all workers, so that Node warns of no leak", () => {
  const before = process.listenerCount("beforeExit");
  for (let worker = 0; worker < 20; worker += 1) new OpenCalls();
  expect(process.listenerCount("beforeExit")).toBeLessThanOrEqual(Math.max(1, before));
});

it("R6.6: tells each call at its own bound, by one timer, whichever calls have ended before", async () => {
  const { calls, given, open } = bench();
  const clock = manualClock();
  const bounded = (name: string, inMillis: number): TestCall => {
    const call = open(name, undefined, clock.monotonic() + inMillis);
    calls.bound(call, clock);
    return call;
  };
  calls.delete(bounded("ended", 10));
  bounded("second", 20);
  bounded("third", 30);
  expect(clock.timers).toBe(1);
  await clock.advance(19);
  expect(given).toEqual([]);
  await clock.advance(1);
  expect(given).toEqual([["second", "overdue"]]);
  bounded("sooner than the alarm", 5);
  await clock.advance(9);
  expect(given.slice(1)).toEqual([["sooner than the alarm", "overdue"]]);
  await clock.advance(1);
  expect(given.slice(2)).toEqual([["third", "overdue"]]);
  expect(clock.timers).toBe(0);
});

it("takes its timer back where no call is bounded any more", () => {
  const { calls, open } = bench();
  const clock = manualClock();
  const call = open("a", undefined, clock.monotonic() + 10);
  calls.bound(call, clock);
  calls.rest();
  expect(clock.timers).toBe(1);
  calls.delete(call);
  calls.rest();
  expect(clock.timers).toBe(0);
});
