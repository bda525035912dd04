import { defaultPolicy } from "@worker-watchdog/sdk/policy";
import { expect, test } from "vitest";
import { RECORDED } from "../rules/recording-rules.ts";

import { DASHBOARD_GROUP, type RuleFile, ruleFile, SLOW_DASHBOARD_GROUP } from "../rules/rules-file.ts";

import { SLO_RECORDED } from "../slo/slo-records.ts";
import { SLOS } from "../slo/slo-table.ts";

import { nameOf, neededRules } from "./needed-rules.ts";

// What is recorded for dashboards stands on the alerts, and no alert on it.
const forDashboards: readonly string[] = [DASHBOARD_GROUP, SLOW_DASHBOARD_GROUP];
const all: RuleFile = { groups: ruleFile(defaultPolicy).groups.filter(({ name }) => !forDashboards.includes(name)) };
const needed = (...alerts: readonly string[]) =>
  neededRules(all, {
    tests: [
      {
        name: "",
        start_timestamp: "",
        interval: "",
        input_series: [],
        alert_rule_test: alerts.map((alertname) => ({ alertname, eval_time: "0s", exp_alerts: [] })),
      },
    ],
  });
const names = (file: typeof all) => file.groups.map(({ name, rules }) => [name, ...rules.map(nameOf)]);

test("an alert, and what its recorded series are recorded from, in the groups and the order of the file", () => {
  expect(names(needed("CompleteUnknown"))).toEqual([
    ["worker-watchdog-deep", RECORDED.incidentStartedDeep, RECORDED.endedIncidentsDeep, RECORDED.supersededDeep],
    ["worker-watchdog", RECORDED.openIncidents, "CompleteUnknown"],
  ]);
});

test("an alert of several severities, whole", () => {
  expect(
    needed("SilentLoop")
      .groups.flatMap(({ rules }) => rules.map(nameOf))
      .filter((name) => name === "SilentLoop"),
  ).toHaveLength(2);
});

test("all alerts need all rules that a test can see, and none needs none", () => {
  const alerts = all.groups.flatMap(({ rules }) => rules.flatMap((rule) => ("alert" in rule ? [rule.alert] : [])));
  // What is left of a whole period is for dashboards and people.
  const forPeople = new Set(
    Object.values(SLOS).flatMap((slo) => [SLO_RECORDED.periodRatio(slo), SLO_RECORDED.budgetLeft(slo)]),
  );
  const forAlerts = all.groups.map((group) => ({
    ...group,
    rules: group.rules.filter((rule) => !forPeople.has(nameOf(rule))),
  }));
  expect(needed(...alerts)).toEqual({ groups: forAlerts });
  expect(needed().groups).toEqual([]);
});

test("no rule reads ALERTS: what an alert needs is in its expression's recorded series", () => {
  expect(all.groups.flatMap(({ rules }) => rules.filter(({ expr }) => /\bALERTS(_FOR_STATE)?\b/.test(expr)))).toEqual(
    [],
  );
});
