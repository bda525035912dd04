import { expect, test } from "vitest";
import { mutantsOf } from "./mutants.ts";

const STEP = 15;

test.each([
  ["a < time() - 60", ["60 -> 75", "60 -> 45", "< -> <=", "< -> >"]],
  ["a >= 3", ["3 -> 4", "3 -> 2", ">= -> >", ">= -> <"]],
  ["a == on (x, y) group_left () b", ["== -> !=", "x, y -> y", "x, y -> x"]],
  ["last_over_time(a[1h30m])", ["1h30m -> 2700s", "1h30m -> 10800s", "1h30m -> 1350s"]],
  ["max by (x, y) (a)", ["x, y -> y", "x, y -> x", "max -> min"]],
  ["a or b", ["or -> and", "or -> unless"]],
  ["a unless b", ["unless -> or", "unless -> and"]],
  ["clamp_min(0.2 * a, 3)", ["3 -> 4", "3 -> 2", "0.2 -> 0.4", "0.2 -> 0.1"]],
  ['a{kind="x"}', ['kind="x" -> kind=~".+"', 'kind="x" -> kind="another"']],
  [
    'a{reason=~"x|y"}',
    [
      'reason=~"x|y" -> reason=~".+"',
      'reason=~"x|y" -> reason="another"',
      'reason=~"x|y" -> reason=~"y"',
      'reason=~"x|y" -> reason=~"x"',
    ],
  ],
  ['label_replace(a, "reason", "either or", "", "")', []],
  ["a > 0", ["> 0 -> > 1", "> 0 -> < 0"]],
  ["vector(1)", []],
])("%s", (expr, changes) => {
  expect(mutantsOf(expr, STEP).map(({ change }) => change)).toEqual(changes);
});

test("the second of two places is changed by itself", () => {
  expect(mutantsOf("a or b or c", STEP).map(({ change, expr }) => [change, expr])).toEqual([
    ["or -> and", "a and b or c"],
    ["or -> unless", "a unless b or c"],
    ["or (2) -> and", "a or b and c"],
    ["or (2) -> unless", "a or b unless c"],
  ]);
});
