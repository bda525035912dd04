import { createPolicy, defaultPolicy } from "@worker-watchdog/sdk/policy";
import { describe, expect, test } from "vitest";
import { parsePromql } from "./parse-promql.ts";
import { seriesRead } from "./series-read.ts";
import { scopedExpression } from "./series-scope.ts";

const selected = createPolicy({ series: { selectors: { env: "prod", team: 'a "b"' } } });
const clustered = createPolicy({ series: { cluster_label: "cluster" } });
const both = createPolicy({ series: { selectors: { env: "prod" }, cluster_label: "cluster" } });

const ROW = "worker_alive_at_seconds";
const RECORDED = `worker:${ROW}:max`;

describe("selectors", () => {
  test.each([
    [ROW, `${ROW}{env="prod",team="a \\"b\\""}`],
    [`${ROW}{job="x"}`, `${ROW}{env="prod",team="a \\"b\\"",job="x"}`],
    [`${ROW}{}[5m]`, `${ROW}{env="prod",team="a \\"b\\""}[5m]`],
    ["worker_phase_duration_seconds_bucket", 'worker_phase_duration_seconds_bucket{env="prod",team="a \\"b\\""}'],
    [`${RECORDED} or ALERTS`, `${RECORDED} or ALERTS`],
    ["up unless vector(1)", "up unless vector(1)"],
    [`time() - ${ROW} offset 5m`, `time() - ${ROW}{env="prod",team="a \\"b\\""} offset 5m`],
  ])("%s becomes %s", (expr, scoped) => {
    expect(scopedExpression(expr, selected)).toBe(scoped);
  });
});

describe("the cluster's label", () => {
  test.each([
    [`max by (a, b) (${ROW})`, `max by (cluster, a, b) (${ROW})`],
    [`sum(${ROW}) by (a)`, `sum(${ROW}) by (cluster, a)`],
    [`sum(${ROW})`, `sum by (cluster) (${ROW})`],
    [`sum by () (${ROW})`, `sum by (cluster) (${ROW})`],
    [`sum without (a) (${ROW})`, `sum without (a) (${ROW})`],
    [`max by (cluster, a) (${ROW})`, `max by (cluster, a) (${ROW})`],
    [`${ROW} and on (b) ${RECORDED}`, `${ROW} and on (cluster, b) ${RECORDED}`],
    [`${ROW} * on (b) group_left () ${ROW}`, `${ROW} * on (cluster, b) group_left () ${ROW}`],
    [`${ROW} * on (b) group_left (d) ${ROW}`, `${ROW} * on (cluster, b) group_left (d) ${ROW}`],
    [`${ROW} and ignoring (b) ${ROW}`, `${ROW} and ignoring (b) ${ROW}`],
    [`count by (p) (group by (p, w) (${ROW}))`, `count by (cluster, p) (group by (cluster, p, w) (${ROW}))`],
    // What a server says of itself has no cluster, and what is compared with all of it compares nothing.
    [`${ROW} unless on () (max(up) == 1)`, `${ROW} unless on () (max(up) == 1)`],
    ["sum by (instance) (up) and on (instance) up", "sum by (instance) (up) and on (instance) up"],
    ["max(rules:evaluation_gap_seconds:last)", "max(rules:evaluation_gap_seconds:last)"],
  ])("%s becomes %s", (expr, scoped) => {
    expect(scopedExpression(expr, clustered)).toBe(scoped);
  });

  test("and a matcher where a reader looks at some clusters, on recorded series as well", () => {
    expect(scopedExpression(`sum(${ROW})`, clustered, '=~"$cluster"')).toBe(`sum(${ROW}{cluster=~"$cluster"})`);
    expect(scopedExpression(`max by (a) (${RECORDED}{b="c"}) + ${ROW} + ALERTS + up`, both, '=~"$cluster"')).toBe(
      `max by (cluster, a) (${RECORDED}{cluster=~"$cluster",b="c"}) + ${ROW}{env="prod",cluster=~"$cluster"} + ALERTS{cluster=~"$cluster"} + up`,
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
});
