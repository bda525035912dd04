/**
 * The rules of grafana's dashboard-linter, each under its own name, on every panel and query, with no exclusions. Rules about Loki do not apply.
 * A query that is no PromQL (target-promql-rule) can not be read here at all, and test/end-to-end/dashboards.e2e.test.ts runs each.
 */
import { defaultPolicy } from "@worker-watchdog/sdk/policy";
import { describe, expect, test } from "vitest";
import { dashboardFiles } from "./dashboard-files.ts";
import { type DashboardJson, dashboardsOf, type PanelJson } from "./testing/dashboard-json.ts";
import { selectorsOf } from "./testing/selectors.ts";

const dashboards = dashboardsOf(new Map(dashboardFiles(defaultPolicy, { source: "watchdog.yaml" })));
const DATASOURCE = "$" + "{datasource}";

/** Units of the linter's list that are in use here; one more has to be looked up there. */
const UNITS = ["short", "percentunit", "s", "cpm", "cps", "bytes", "dateTimeAsIso"];

describe.each(dashboards)("$title", (dashboard: DashboardJson) => {
  const { templating, panels } = dashboard;
  const variable = (name: string) => templating.list.find((entry) => entry.name === name);
  const content = panels.filter(({ type }) => type !== "row");
  const targets = content.flatMap((panel) => (panel.targets ?? []).map((target) => ({ panel, ...target })));

  test("template-datasource-rule", () => {
    const found = templating.list.filter(({ type }) => type === "datasource");
    expect(found).toMatchObject([{ name: "datasource", label: "Data source", query: "prometheus" }]);
  });

  test.each(["job", "instance"])("template-%s-rule", (name) => {
    expect(variable(name)).toMatchObject({
      type: "query",
      label: `${name[0]?.toUpperCase()}${name.slice(1)}`,
      datasource: { uid: DATASOURCE },
      multi: true,
      allValue: ".+",
    });
  });

  test("template-label-promql-rule", () => {
    for (const { type, query } of templating.list) {
      if (type !== "query") continue;
      const [, series = ""] = /^label_values\((.+), \w+\)$/.exec((query as { query: string }).query) ?? [];
      expect(selectorsOf(series)).toHaveLength(1);
    }
  });

  test("template-on-time-change-reload-rule", () => {
    for (const { type, refresh } of templating.list) if (type === "query") expect(refresh).toBe(2);
  });

  test("uneditable-dashboard", () => {
    expect(dashboard.editable).toBe(false);
  });

  test.each(content)(
    "panel '$title': panel-datasource-rule, panel-title-description-rule, panel-units-rule, panel-no-targets-rule",
    (panel: PanelJson) => {
      expect(panel.datasource?.uid).toBe(DATASOURCE);
      expect(panel.title).toMatch(/^[A-Z]/);
      expect(panel.description).toMatch(/[.)]$/);
      expect(panel.targets?.length).toBeGreaterThan(0);
      const units = [panel.fieldConfig?.defaults.unit, ...overridden(panel, "unit")];
      for (const unit of units) expect(UNITS).toContain(unit);
    },
  );

  test.each(targets)("'$panel.title' $refId: target-job-rule, target-instance-rule", ({ expr }) => {
    const selectors = selectorsOf(expr);
    expect(selectors.length).toBeGreaterThan(0);
    for (const { text, matchers } of selectors) {
      expect(matchers, text).toContain('job=~"$job"');
      expect(matchers, text).toContain('instance=~"$instance"');
    }
  });

  test.each(targets)("'$panel.title' $refId: target-rate-interval-rule, target-counter-agg-rule", ({ expr }) => {
    for (const { text, metric, range, inside } of selectorsOf(expr)) {
      if (inside === "rate" || inside === "irate") expect(range, text).toBe("$__rate_interval");
      if (range === "$__rate_interval") expect(["rate", "irate", "increase"], text).toContain(inside);
      if (metric.endsWith("_total")) expect(["rate", "irate", "increase"], text).toContain(inside);
    }
  });
});

function overridden({ fieldConfig }: PanelJson, id: string): readonly unknown[] {
  return (fieldConfig?.overrides ?? []).flatMap(({ properties }) =>
    properties.filter((property) => property.id === id).map(({ value }) => value),
  );
}

test("the selectors of a query are all found, with the function of their range", () => {
  const query =
    'sum(rate(a_total{x="1"}[$__rate_interval])) / max by (job) (c:d:e{y=~"$p|"} and on (b) f) + last_over_time(g[1h])';
  expect(selectorsOf(query).map(({ metric, matchers, range, inside }) => [metric, matchers, range, inside])).toEqual([
    ["a_total", ['x="1"'], "$__rate_interval", "rate"],
    ["c:d:e", ['y=~"$p|"'], undefined, undefined],
    ["f", [], undefined, undefined],
    ["g", [], "1h", "last_over_time"],
  ]);
  expect(() => selectorsOf("sum(")).toThrow(SyntaxError);
});
