import { createPolicy, defaultPolicy, SEVERITIES } from "@worker-watchdog/sdk/policy";
import { expect, test } from "vitest";
import { enabledAlerts, ownerOf } from "../alerts/alert-table.ts";
import { receiverOfAlert } from "./receiver-of-alert.ts";
import { routesFor, routeTree, unreachableRoutes } from "./route-model.ts";
import { rootRoute } from "./routes.ts";

const POLICIES = [
  defaultPolicy,
  createPolicy({ owner: "reports_team", alerts: { notify_on: [] } }),
  createPolicy({ owners: { "a.b+c": {}, other: {} }, owner: "a.b+c" }),
];

test.each(POLICIES)(
  "the model sends each alert where receiverOfAlert says, and no generated route is unreachable",
  (policy) => {
    const tree = routeTree(rootRoute(policy));
    for (const alert of enabledAlerts(policy)) {
      for (const severity of SEVERITIES) {
        const labels = { alert_key: alert.key, owner: ownerOf(alert, policy), severity };
        const receivers = routesFor(tree, labels).map(({ receiver }) => receiver);
        expect([alert.key, severity, receivers]).toEqual([
          alert.key,
          severity,
          [receiverOfAlert(alert, policy, severity)],
        ]);
      }
    }
    expect(unreachableRoutes(tree)).toEqual([]);
  },
);

const tree = routeTree({
  receiver: "root",
  routes: [
    { receiver: "all-high", matchers: ['severity=~"high|critical"'], continue: true },
    { receiver: "team", matchers: [`{owner="team",severity!="low"}`], routes: [{ matchers: ["severity=medium"] }] },
    { receiver: "shadowed", match: { owner: "team", severity: "high" } },
    { receiver: "rest", match_re: { owner: "t.*" } },
    { receiver: "quoted", matchers: ['"owner"!~"x\\"y"', "pool = a b"] },
  ],
});

test.each([
  [{ severity: "high", owner: "team" }, ["all-high", "team"]],
  [{ severity: "medium", owner: "team" }, ["team"]],
  [{ severity: "low", owner: "team" }, ["rest"]],
  [{ severity: "low", owner: "t" }, ["rest"]],
  [{ owner: "x", pool: "a b" }, ["quoted"]],
  [{ owner: 'x"y', pool: "a b" }, ["root"]],
  [{}, ["root"]],
])("%o reaches %j", (labels, receivers) => {
  expect(routesFor(tree, labels).map(({ receiver }) => receiver)).toEqual(receivers);
});

test("a route behind one that takes everything of it is unreachable, and named by its matchers", () => {
  expect(unreachableRoutes(tree)?.map(({ path }) => path)).toEqual(['{owner="team",severity="high"}']);
});

test("a tree with more combinations than can be tried is not judged", () => {
  const routes = Array.from({ length: 30 }, (_, index) => ({ receiver: "r", matchers: [`label_${index}="x"`] }));
  expect(unreachableRoutes(routeTree({ receiver: "r", routes }))).toBeUndefined();
});
