import { expect, test } from "vitest";
import type { Scenario } from "./scenario.ts";
import { type InputSeries, samplesOf } from "./series.ts";
import { type Property, shownProperties } from "./shown-properties.ts";

const STEP = 10;
const labels = { worker_pool: "p", worker_id: "w" };
const series = (values: string, more = ""): InputSeries => ({
  series: `row{worker_pool="p",worker_id="w"${more}}`,
  values,
});
const firing = (more: Record<string, string> = {}) => [{ labels: { ...labels, ...more }, value: 1 }];

function shown(
  rows: readonly InputSeries[],
  looks: readonly (readonly [at: number, fires: boolean])[],
  more = {},
): readonly Property[] {
  const scenario: Scenario = {
    name: "",
    series: rows,
    expectations: looks.map(([at, fires]) => ({ at, alert: "worker_absent", firing: fires ? firing(more) : [] })),
  };
  return [...shownProperties(scenario, "worker_absent", STEP)];
}

test.each<[string, readonly Property[], () => readonly Property[]]>([
  [
    "silent one tick before",
    ["just-below"],
    () =>
      shown(
        [series("1 1 1")],
        [
          [0, false],
          [10, true],
        ],
      ),
  ],
  [
    "silent two ticks before",
    [],
    () =>
      shown(
        [series("1 1 1")],
        [
          [0, false],
          [20, true],
        ],
      ),
  ],
  ["30 ticks after the last sample", [], () => shown([series("1")], [[300, true]])],
  ["31 ticks after it", ["dead-worker"], () => shown([series("1")], [[310, true]])],
  [
    "31 ticks after it, with a sample of another worker",
    ["dead-worker"],
    () => shown([series("1"), { series: 'row{worker_id="x"}', values: "1x31" }], [[310, true]]),
  ],
  [
    "31 ticks after it, with a sample of its pool",
    [],
    () => shown([series("1"), { series: 'row{worker_pool="p"}', values: "1x31" }], [[310, true]]),
  ],
  ["31 ticks, and no series at all", [], () => shown([], [[310, true]])],
  [
    "at an incident's first sample",
    ["first-event"],
    () => shown([series("_ 1", ',kind="k"')], [[10, true]], { kind: "k" }),
  ],
  ["a tick after it", [], () => shown([series("_ 1", ',kind="k"')], [[20, true]], { kind: "k" })],
  ["at the first sample of another kind", [], () => shown([series("_ 1", ',kind="k"')], [[10, true]], { kind: "l" })],
  ["at a sample of zero", [], () => shown([series("_ 0 1", ',kind="k"')], [[10, true]], { kind: "k" })],
  [
    "silent a tick later, with a new value",
    ["recovery"],
    () =>
      shown(
        [series("1 2")],
        [
          [0, true],
          [10, false],
        ],
      ),
  ],
  [
    "silent a tick later, with no word of it",
    [],
    () =>
      shown(
        [series("1")],
        [
          [0, true],
          [10, false],
        ],
      ),
  ],
  [
    "silent a tick later, with the old value",
    [],
    () =>
      shown(
        [series("1 1")],
        [
          [0, true],
          [10, false],
        ],
      ),
  ],
  ["two replicas", ["replica"], () => shown([series("1"), series("1", ',collector="2"')], [[0, true]])],
  [
    "two instances of one worker",
    [],
    () => shown([series("1", ',instance="1"'), series("1", ',instance="2"')], [[0, true]]),
  ],
])("%s: %j", (_, expected, actual) => {
  expect(actual()).toEqual(expected);
});

test.each([
  [
    "1 _ 2",
    [
      [0, 1],
      [20, 2],
    ],
  ],
  [
    "_x2 1x1 5+2x2",
    [
      [20, 1],
      [30, 1],
      [40, 5],
      [50, 7],
      [60, 9],
    ],
  ],
  [
    "1e3 stale -1-1x1",
    [
      [0, 1000],
      [20, -1],
      [30, -2],
    ],
  ],
  ["", []],
])("promtool's %j", (values, samples) => {
  expect(samplesOf(values, STEP).map(({ at, value }) => [at, value])).toEqual(samples);
});

test("a word that is not known is refused", () => {
  expect(() => samplesOf("1 {{schema:1}}", STEP)).toThrow(/no word of promtool's notation/);
});
