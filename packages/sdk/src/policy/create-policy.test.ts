import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { namesReference } from "../semconv/reference.ts";
import { createPolicy, type PolicyInput } from "./create-policy.ts";
import { defaultPolicy } from "./default-policy.ts";
import { parsePolicyWithNotes } from "./load-policy.ts";
import { policyReference } from "./policy-reference.ts";

const repository = join(import.meta.dirname, "../../../..");

test("nothing given is the default policy, and it passes its own checks", () => {
  expect(createPolicy()).toEqual(defaultPolicy);
  expect(createPolicy(defaultPolicy)).toEqual(defaultPolicy);
});

test("what is given replaces its default alone", () => {
  const policy = createPolicy({
    owner: "team",
    thresholds: { repeated_no_job_warn_count: 5, lease_max_minutes: undefined },
    alerts: { disabled: ["worker_absent"] },
    checks: { claim: { severity: "high" } },
  });
  expect(policy).toEqual({
    ...defaultPolicy,
    owner: "team",
    thresholds: { ...defaultPolicy.thresholds, repeated_no_job_warn_count: 5 },
    alerts: { ...defaultPolicy.alerts, disabled: ["worker_absent"] },
    checks: { ...defaultPolicy.checks, claim: { ...defaultPolicy.checks.claim, severity: "high" } },
    owners: { ...defaultPolicy.owners, team: { receiver: "team" } },
  });
});

test("a policy is frozen all the way down, and shares nothing with its input", () => {
  const disabled: "worker_absent"[] = ["worker_absent"];
  const policy = createPolicy({ alerts: { disabled } });
  expect(isDeeplyFrozen(policy)).toBe(true);
  expect(isDeeplyFrozen(defaultPolicy)).toBe(true);
  disabled.pop();
  expect(policy.alerts.disabled).toEqual(["worker_absent"]);
});

test("the ends of a range are in it", () => {
  expect(createPolicy({ artifact: { max_redirects: 20, retry_wait_seconds: 0 } }).artifact.max_redirects).toBe(20);
  expect(createPolicy({ artifact: { max_redirects: 0, retry_wait_seconds: 60 } }).artifact.max_redirects).toBe(0);
});

test.each<[unknown, string]>([
  [{ tresholds: {} }, "policy: tresholds: found an unknown key"],
  [{ version: "v2" }, 'policy: version: found "v2", allowed codex_session_watchdog_v1'],
  [{ thresholds: { lease_max_minutes: Number.NaN } }, "policy: thresholds.lease_max_minutes: found NaN"],
  [{ thresholds: new Map() }, "policy: thresholds: found a object"],
  [null, "policy: found an empty value, allowed a mapping of keys"],
  [[], "policy: found an empty list, allowed a mapping of keys"],
  [JSON.parse('{"__proto__": {"owner": "eve"}}'), "policy: __proto__: found an unknown key"],
])("%j is refused", (input, message) => {
  expect(() => createPolicy(input as PolicyInput)).toThrow(message);
});

test("a circular object is refused, not followed for ever", () => {
  const circular: Record<string, unknown> = {};
  circular["thresholds"] = circular;
  expect(() => createPolicy(circular as PolicyInput)).toThrow("thresholds.thresholds: found an unknown key");
});

test("watchdog.yaml is the default policy, with every key that has a default", () => {
  const file = "watchdog.yaml";
  const { policy, warnings, defaulted } = parsePolicyWithNotes(readFileSync(join(repository, file), "utf8"), { file });
  expect(policy).toEqual(defaultPolicy);
  expect(warnings).toEqual([]);
  expect(defaulted).toEqual([]);
});

test.each([
  ["policy.md", policyReference()],
  ["names.md", namesReference()],
])("docs/reference/%s is current", (file, expected) => {
  const isCurrent = readFileSync(join(repository, "docs/reference", file), "utf8") === expected;
  expect(isCurrent, `docs/reference/${file} is stale: run \`npm run generate\` and commit the result`).toBe(true);
});

// The root of the library imports the default policy: a YAML parser behind it would cost every worker its start-up time.
test("the default policy imports its types and nothing else", () => {
  const files = importedFiles(join(import.meta.dirname, "default-policy.ts"));
  expect([...files].map((file) => relative(import.meta.dirname, file)).sort()).toEqual([
    "deep-freeze.ts",
    "default-policy.ts",
  ]);
});

function importedFiles(file: string, found: Set<string> = new Set()): ReadonlySet<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, target = ""] of readFileSync(file, "utf8").matchAll(
    /^(?:import|export) (?!type\b)[^;]*?from "([^"]+)"/gm,
  )) {
    if (target.startsWith(".")) importedFiles(join(dirname(file), target), found);
    else found.add(target);
  }
  return found;
}

function isDeeplyFrozen(value: unknown): boolean {
  return (
    typeof value !== "object" ||
    value === null ||
    (Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen))
  );
}
