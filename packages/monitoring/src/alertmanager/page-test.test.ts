import { createPolicy, defaultPolicy } from "@worker-watchdog/sdk/policy";
import { expect, it } from "vitest";
import { ALERTS, enabledAlerts } from "../alerts/alert-table.ts";
import { alertAnnotations, alertLabels } from "../alerts/page-fields.ts";
import { inhibitRules } from "./inhibition.ts";
import { testPages } from "./page-test.ts";

const pages = testPages(defaultPolicy, { id: "1", by: "ada" });

it("R4.10: each owner's pages and messages are tried, at the receivers of the policy", () => {
  const policy = createPolicy({ owner: "team", owners: { team: { receiver: "duty" } } });
  expect(testPages(policy, { id: "1", by: "ada" }).map(({ owner, receiver }) => [owner, receiver])).toEqual([
    ["team", "duty-page"],
    ["team", "duty-message"],
    ["codex_worker_maintainer", "codex_worker_maintainer-page"],
    ["codex_worker_maintainer", "codex_worker_maintainer-message"],
    ["pls_ops", "pls_ops-page"],
    ["pls_ops", "pls_ops-message"],
  ]);
});

it("R4.1: it has every field of a page, says first that it is a test, and no template is left in it", () => {
  const real = Object.keys(alertAnnotations(ALERTS[0] as (typeof ALERTS)[0], defaultPolicy));
  for (const { annotations } of pages) {
    expect(Object.keys(annotations)).toEqual(real);
    expect(annotations["opening"]).toMatch(/^TEST PAGE/);
    expect(Object.values(annotations).filter((text) => text === "" || text.includes("{{"))).toEqual([]);
  }
});

it("R4.4: it neither mutes a real page nor is muted by one, and is in no group with one", () => {
  const keys = new Set(pages.map(({ labels }) => labels["alert_key"]));
  const named = (inhibitRules(defaultPolicy) as readonly Record<string, readonly string[]>[]).flatMap((rule) => [
    rule["source_matchers"]?.[0],
    rule["target_matchers"]?.[0],
  ]);
  expect(named.length).toBeGreaterThan(10);
  for (const matcher of named) expect(matcher).toMatch(/^alert_key="/);
  for (const key of keys) expect(named).not.toContain(`alert_key="${key}"`);
  expect(enabledAlerts(defaultPolicy).map(({ name }) => name)).not.toContain("PageTest");
});

it("two tests are two groups; the labels are those that routes match on", () => {
  const [first] = pages;
  const [second] = testPages(defaultPolicy, { id: "2", by: "ada" });
  expect(first?.labels["worker_pool"]).not.toBe(second?.labels["worker_pool"]);
  const real = alertLabels(ALERTS[0] as (typeof ALERTS)[0], defaultPolicy);
  expect(Object.keys(first?.labels ?? {})).toEqual(expect.arrayContaining(Object.keys(real)));
});
