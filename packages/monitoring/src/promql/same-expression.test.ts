import { defaultPolicy } from "@worker-watchdog/sdk/policy";
import { expect, test } from "vitest";
import { ruleFile } from "../rules/rules-file.ts";
import { canonicalExpression, sameExpression } from "./same-expression.ts";

test.each([
  ["max by (a, b) (x[24h])", "max by(a,b)(x[1d])"],
  ["x{a='b'} > 1\nor\n  y", "x{a='b'} > 1 or y"],
  ['x{job="a",code=~"4..",code!="429"}', 'x{code!="429",code=~"4..",job="a"}'],
  ["rate(x[1h30m])", "rate(x[90m])"],
  ["a * on (b) group_left () c", "a * on (b) group_left() c"],
])("%s is %s", (left, right) => {
  expect(sameExpression(left, right)).toBe(true);
});

test.each([
  ["max by (a, b) (x)", "max by (a) (x)"],
  ["x > 1", "x > 2"],
  ["x > 1", "x >= 1"],
  ['x{a="b"}', 'x{a=~"b"}'],
  ["x[5m]", "x[5s]"],
  ['x{a="1",b="2"}', 'x{a="2",b="1"}'],
  ["(a or b) and c", "a or b and c"],
  ["a and on () b", "a and b"],
  ["sum(x)", "sum by () (x) "],
])("%s is not %s", (left, right) => {
  expect(sameExpression(left, right)).toBe(false);
});

test("no two rules of a policy are the same", () => {
  const all = ruleFile(defaultPolicy).groups.flatMap(({ rules }) => rules.map(({ expr }) => canonicalExpression(expr)));
  expect(all.filter((expr, index) => all.indexOf(expr) !== index)).toEqual([]);
});
