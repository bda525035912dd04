import { createPolicy, defaultPolicy, type PolicyInput } from "@worker-watchdog/sdk/policy";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { alertmanagerFile } from "../../src/alertmanager/alertmanager-file.ts";
import { pageTemplate } from "../../src/alertmanager/page-template.ts";
import { ruleFiles } from "../../src/rules/rules-file.ts";
import { NO_CASE, NUMBER_CASES } from "./number-cases.ts";

/** Dotted path of every number in a policy. */
function numbersOf(value: unknown, path = ""): readonly string[] {
  if (typeof value === "number") return [path];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => numbersOf(inner, path === "" ? key : `${path}.${key}`));
}

test("every number of the policy has a case, or a reason why it has none", () => {
  const tried = [...NUMBER_CASES.map(({ key }) => key), ...Object.keys(NO_CASE)];
  expect(tried.toSorted()).toEqual(numbersOf(defaultPolicy).toSorted());
});

test.each(NUMBER_CASES)("$key: the case changes this number and no other", ({ key, change }) => {
  const changed = createPolicy(change);
  const valueAt = (policy: unknown, path: string) =>
    path.split(".").reduce<unknown>((value, part) => (value as Record<string, unknown>)[part], policy);
  const different = numbersOf(defaultPolicy).filter((path) => valueAt(changed, path) !== valueAt(defaultPolicy, path));
  expect(different).toEqual([key]);
});

/** Rules, routes and the page: what such a key is in. */
function outputOf(input: PolicyInput): string {
  const policy = createPolicy(input);
  const page = pageTemplate(policy, { source: "watchdog.yaml" });
  return [stringify(alertmanagerFile(policy)), page, JSON.stringify([...ruleFiles(policy).values()])].join("\n");
}

const byDefault = outputOf({});

/** What only says when a page is sent, or what it reads, changed alone: the output says so, and by default it does not. */
test.each<[key: string, input: PolicyInput, text: string]>([
  ["pipeline.group_interval_seconds", { pipeline: { group_interval_seconds: 47 } }, "group_interval: 47s"],
  ["pipeline.repeat_interval_minutes", { pipeline: { repeat_interval_minutes: 241 } }, "repeat_interval: 4h1m"],
  ["severities.critical.group_wait_seconds", { severities: { critical: { group_wait_seconds: 6 } } }, "group_wait: 6s"],
  ["severities.high.group_wait_seconds", { severities: { high: { group_wait_seconds: 11 } } }, "group_wait: 11s"],
  ["severities.medium.group_wait_seconds", { severities: { medium: { group_wait_seconds: 12 } } }, "group_wait: 12s"],
  ["severities.critical.due_minutes", { severities: { critical: { due_minutes: 17 } } }, ".StartsAt.Add 1020000000000"],
  ["severities.high.due_minutes", { severities: { high: { due_minutes: 61 } } }, ".StartsAt.Add 3660000000000"],
  ["severities.medium.due_minutes", { severities: { medium: { due_minutes: 481 } } }, ".StartsAt.Add 28860000000000"],
  ["severities.low.due_minutes", { severities: { low: { due_minutes: 10_081 } } }, ".StartsAt.Add 604860000000000"],
  ["timezone", { timezone: "Europe/Berlin" }, 'tz "Europe/Berlin"'],
  ["owner", { owner: "team_a", owners: { team_a: { receiver: "a" } } }, "team_a"],
  ["owners", { owners: { pls_ops: { receiver: "night-shift" } } }, "night-shift-page"],
  ["alerts.page_prefix", { alerts: { page_prefix: "Team A alert" } }, "Team A alert: "],
  ["links.runbook", { links: { runbook: "https://wiki.example/r" } }, "https://wiki.example/r#lease_expired"],
  ["links.dashboard", { links: { dashboard: "https://grafana.example" } }, "https://grafana.example/d/"],
  ["links.trace", { links: { trace: "https://traces.example/{trace_id}" } }, "https://traces.example/"],
  [
    "alerts.notify_on",
    { alerts: { notify_on: [] } },
    'nobody\n      matchers:\n        - alert_key="artifact_missing"',
  ],
])("%s changed alone is in the output", (_, input, text) => {
  expect(outputOf(input)).toContain(text);
  expect(byDefault).not.toContain(text);
});
