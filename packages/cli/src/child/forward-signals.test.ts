import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import { FORWARDED_SIGNALS, forwardSignals, inForeground } from "./forward-signals.ts";

describe("forwardSignals", () => {
  test.each([
    [true, ["SIGINT", "SIGQUIT"]],
    [false, []],
  ])("in the foreground (%s), the keys' signals have reached the child already", (isInForeground, alreadyThere) => {
    const source = new EventEmitter();
    const told: [string, boolean][] = [];
    const stop = forwardSignals({
      source: source as unknown as NodeJS.Process,
      isInForeground: () => isInForeground,
      onSignal: (signal, hasChildGotIt) => told.push([signal, hasChildGotIt]),
    });
    for (const signal of FORWARDED_SIGNALS) source.emit(signal);
    expect(told).toEqual(FORWARDED_SIGNALS.map((signal) => [signal, alreadyThere.includes(signal as never)]));
    stop();
    expect(FORWARDED_SIGNALS.map((signal) => source.listenerCount(signal))).toEqual([0, 0, 0, 0]);
  });
});

describe("inForeground", () => {
  test.each([
    ["its group is the terminal's", "12 (node) S 1 12 10 34816 12 4194304", true],
    ["another group is", "12 (node) S 1 12 10 34816 99 4194304", false],
    ["there is no terminal", "12 (node) S 1 12 10 0 -1 4194304", false],
    ["its name is hostile", "12 (a) 1 1) S 1 12 10 34816 12 4194304", true],
  ])("%s", (_, stat, expected) => {
    expect(inForeground(() => stat)).toBe(expected);
  });
});
