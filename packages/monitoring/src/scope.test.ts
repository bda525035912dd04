/** What `series.selectors` and `series.cluster_label` do to everything that is generated, checked by the grammar. */
import { createPolicy, defaultPolicy } from "@worker-watchdog/sdk/policy";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { inhibitRules } from "./alertmanager/inhibition.ts";
import { generateFiles } from "./generate-files.ts";
import { ALERTMANAGER_PATH } from "./paths.ts";
import { childNamed, nodesNamed, parsePromql } from "./promql/parse-promql.ts";
import { isExported, isOfFleet, seriesRead } from "./promql/series-read.ts";
import { readsFleet } from "./promql/series-scope.ts";
import { ruleFile } from "./rules/rules-file.ts";

const policy = createPolicy({
  series: { selectors: { env: "prod" }, cluster_label: "cluster" },
  links: { dashboard: "https://grafana.example" },
});
const files = generateFiles(policy);
const expressions = ruleFile(policy).groups.flatMap(({ rules }) => rules.map(({ expr }) => expr));

test("every series that workers export is selected, and no other is", () => {
  for (const { name, matchers } of expressions.flatMap(seriesRead)) {
    expect([name, matchers.includes('env="prod"')]).toEqual([name, isExported(name)]);
  }
});

test("every aggregation over the fleet keeps the cluster, and every join of it compares it", () => {
  for (const expr of expressions) {
    const tree = parsePromql(expr);
    expect([...nodesNamed(tree, "Without"), ...nodesNamed(tree, "Ignoring")]).toEqual([]);
    for (const aggregate of nodesNamed(tree, "AggregateExpr").filter(readsFleet))
      expect(aggregate.text).toMatch(/\bby \(cluster\b/);
    for (const join of nodesNamed(tree, "BinaryExpr")) {
      const isOfBoth = [join.children[0], join.children.at(-1)].every((side) => side !== undefined && readsFleet(side));
      const clause = childNamed(join, "MatchingModifierClause")?.text ?? "";
      if (isOfBoth && clause !== "" && !clause.startsWith("on ()")) expect(clause).toMatch(/^on \(cluster\b/);
    }
  }
});

test("every inhibition is within a cluster, and pages are grouped by it", () => {
  for (const rule of inhibitRules(policy) as readonly {
    readonly name: string;
    readonly source_matchers: readonly string[];
  }[]) {
    // A pipeline that names no cluster is that of all of them.
    if (rule.name.endsWith(", of no cluster")) expect(rule.source_matchers).toContain('cluster=""');
    else expect(rule).toMatchObject({ equal: expect.arrayContaining(["cluster"]) });
  }
  expect(parse(files.get(ALERTMANAGER_PATH) ?? "").route.group_by).toEqual(["alertname", "cluster", "worker_pool"]);
});

const dashboards = [...files].filter(([path]) => path.endsWith(".json"));

test.each(dashboards)("%s has a variable for the cluster, and every query and link uses it", (_, content) => {
  const dashboard = JSON.parse(content);
  const variables = dashboard.templating.list as { name: string; query: { query: string } | string }[];
  const names = variables.map(({ name }) => name);
  expect(names.indexOf("cluster")).toBeLessThan(names.indexOf("pool"));
  const cluster = variables.find(({ name }) => name === "cluster")?.query;
  expect(JSON.stringify(cluster)).toMatch(/label_values\([\w:]+, cluster\)/);
  const queries = [...content.matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)].map(
    ([, text]) => JSON.parse(text ?? "") as string,
  );
  expect(queries.length).toBeGreaterThan(3);
  for (const query of queries) {
    const reads = seriesRead(query.replaceAll(/\$__\w+/g, "5m"));
    for (const { name, matchers } of reads.filter((read) => isOfFleet(read.name)))
      expect([name, matchers]).toEqual([name, expect.arrayContaining(['cluster=~"$cluster"'])]);
  }
  for (const [url] of content.matchAll(/"url": "[^"]*var-pool=(?:[^"\\]|\\.)*"/g))
    expect(url).toContain(`\${cluster:queryparam}`);
});

test("a page leads to the dashboard of its cluster, and its evidence is of it", () => {
  const rules = ruleFile(policy).groups.flatMap((group) => group.rules);
  for (const rule of rules) {
    if (!("annotations" in rule)) continue;
    const { dashboard_url: url = "", evidence = "" } = rule.annotations;
    expect(url.includes("var-pool=")).toBe(url.includes("var-cluster={{ $labels.cluster | urlQueryEscape }}"));
    if (isOfFleet(/^(\w+)\{/.exec(evidence)?.[1] ?? "")) expect(evidence).toContain('cluster="{{ $labels.cluster }}"');
  }
});

test("a policy that asks for nothing says nothing of it", () => {
  expect([...generateFiles(defaultPolicy).values()].join("\n")).not.toMatch(
    /\bcluster\b.*(?:by|on) \(|\$cluster|env="prod"/,
  );
});
