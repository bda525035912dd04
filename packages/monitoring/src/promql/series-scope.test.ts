import { createPolicy, defaultPolicy } from "@worker-watchdog/sdk/policy";
import { describe, expect, test } from "vitest";
import { parsePromql } from "./parse-promql.ts";
import { seriesRead } from "./series-read.ts";
import { hasSeries, scopedExpression } from "./series-scope.ts";

const selected = createPolicy({ series: { selectors: { env: "prod", team: 'a "b"' } } });
const clustered = createPolicy({ series: { cluster_label: "cluster" } });
const both = createPolicy({ series: { selectors: { env: "prod" }, cluster_label: "cluster" } });

describe("selectors", () => {
  test.each([
    ["up", 'up{env="prod",team="a \\"b\\""}'],
    ['up{job="x"}', 'up{env="prod",team="a \\"b\\"",job="x"}'],
    ["up{}", 'up{env="prod",team="a \\"b\\""}'],
    ['{__name__="up"}[5m]', '{env="prod",team="a \\"b\\"",__name__="up"}[5m]'],
    ["a:up:sum or ALERTS", "a:up:sum or ALERTS"],
    ["vector(1)", "vector(1)"],
    ["time() - up offset 5m", 'time() - up{env="prod",team="a \\"b\\""} offset 5m'],
  ])("%s becomes %s", (expr, scoped) => {
    expect(scopedExpression(expr, selected)).toBe(scoped);
  });
});

describe("the cluster's label", () => {
  test.each([
    ["max by (a, b) (up)", "max by (cluster, a, b) (up)"],
    ["sum(up) by (a)", "sum(up) by (cluster, a)"],
    ["sum(up)", "sum by (cluster) (up)"],
    ["sum by () (up)", "sum by (cluster) (up)"],
    ["sum without (a) (up)", "sum without (a) (up)"],
    ["max by (cluster, a) (up)", "max by (cluster, a) (up)"],
    ["a and on (b) c", "a and on (cluster, b) c"],
    ["a * on (b) group_left () c", "a * on (cluster, b) group_left () c"],
    ["a * on (b) group_left (d) c", "a * on (cluster, b) group_left (d) c"],
    ["a and ignoring (b) c", "a and ignoring (b) c"],
    ["count by (p) (group by (p, w) (x))", "count by (cluster, p) (group by (cluster, p, w) (x))"],
  ])("%s becomes %s", (expr, scoped) => {
    expect(scopedExpression(expr, clustered)).toBe(scoped);
  });

  test("and a matcher where a reader looks at some clusters, on recorded series as well", () => {
    expect(scopedExpression("sum(up)", clustered, '=~"$cluster"')).toBe('sum(up{cluster=~"$cluster"})');
    expect(scopedExpression('max by (a) (x:up:max{b="c"}) + up + ALERTS', both, '=~"$cluster"')).toBe(
      'max by (cluster, a) (x:up:max{cluster=~"$cluster",b="c"}) + up{env="prod",cluster=~"$cluster"} + ALERTS{cluster=~"$cluster"}',
    );
  });
});

test("by default every expression stays as it is, also one that is no PromQL", () => {
  expect(scopedExpression("max by (a (", defaultPolicy)).toBe("max by (a (");
});

test("what is no PromQL is refused with its place", () => {
  expect(() => parsePromql("max by (a) (up")).toThrow("PromQL, character");
  expect(() => scopedExpression("sum(", both)).toThrow(SyntaxError);
});

test("the series of an expression, with their matchers", () => {
  expect(seriesRead('a{b="c",d=~"e|f"} unless rate({g="h"}[5m]) > 1')).toEqual([
    { name: "a", matchers: ['b="c"', 'd=~"e|f"'] },
    { name: "", matchers: ['g="h"'] },
  ]);
  expect([hasSeries("vector(1)"), hasSeries("absent(up)")]).toEqual([false, true]);
});
