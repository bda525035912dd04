import { createPolicy, defaultPolicy } from "@worker-watchdog/sdk/policy";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { prometheusRuleFiles } from "./prometheus-rule.ts";
import { ruleFiles } from "./rules-file.ts";

const GO_DURATION = /^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$/;
const DNS_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** What the CustomResourceDefinition of prometheus-operator 0.93 asks for; an API server drops what it does not name. */
const GROUP_KEYS: Readonly<Record<string, (value: unknown) => boolean>> = {
  name: (value) => typeof value === "string" && value.length > 0,
  interval: (value) => typeof value === "string" && GO_DURATION.test(value),
  rules: Array.isArray,
  limit: Number.isInteger,
  labels: isTextMap,
  partial_response_strategy: (value) => /^(abort|warn)?$/i.test(String(value)),
  query_offset: (value) => typeof value === "string" && GO_DURATION.test(value),
};
const RULE_KEYS: Readonly<Record<string, (value: unknown) => boolean>> = {
  expr: (value) => typeof value === "string" || Number.isInteger(value),
  record: (value) => typeof value === "string",
  alert: (value) => typeof value === "string",
  for: (value) => typeof value === "string" && GO_DURATION.test(value),
  keep_firing_for: (value) => typeof value === "string" && value !== "" && GO_DURATION.test(value),
  labels: isTextMap,
  annotations: isTextMap,
};

function isTextMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.values(value).every((text) => typeof text === "string");
}

function problems(value: object, keys: typeof RULE_KEYS): readonly string[] {
  return Object.entries(value)
    .filter(([key, inner]) => keys[key]?.(inner) !== true)
    .map(([key]) => key);
}

const resources = [...prometheusRuleFiles(defaultPolicy, { namespace: "workers", labels: { release: "prom" } })];

test.each(resources)("%s has the shape of a PrometheusRule", (path, content) => {
  const { apiVersion, kind, metadata, spec, ...rest } = parse(content);
  expect({ apiVersion, kind, rest }).toEqual({
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    rest: {},
  });
  expect(metadata).toEqual({
    name: expect.stringMatching(DNS_NAME),
    namespace: "workers",
    labels: { "app.kubernetes.io/name": "worker-watchdog", release: "prom" },
  });
  expect(path).toBe(`kubernetes/${metadata.name}.yaml`);
  expect(Object.keys(spec)).toEqual(["groups"]);
  const names = spec.groups.map(({ name }: { name: string }) => name);
  // The list is a map by name for the API server.
  expect(new Set(names).size).toBe(names.length);
  for (const group of spec.groups) {
    expect(problems(group, GROUP_KEYS)).toEqual([]);
    for (const rule of group.rules) {
      expect(problems(rule, RULE_KEYS)).toEqual([]);
      expect(Object.keys(rule)).toContain("expr");
    }
  }
  // etcd takes 1.5 MiB at most, and a resource applied from the client is there twice.
  expect(content.length).toBeLessThan(700_000);
});

test("the groups are those of the rule files, one resource for each file", () => {
  const policy = createPolicy({ owner: "reports_team", pipeline: { rule_interval_seconds: 0.5 } });
  const groups = [...prometheusRuleFiles(policy).values()].map((content) => parse(content).spec);
  expect(groups).toEqual([...ruleFiles(policy).values()]);
});

test("without a namespace the resource has none", () => {
  const [content = ""] = prometheusRuleFiles(defaultPolicy).values();
  expect(parse(content).metadata).toEqual({
    name: "worker-watchdog",
    labels: { "app.kubernetes.io/name": "worker-watchdog" },
  });
});
