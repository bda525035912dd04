import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { createPolicy, defaultPolicy, type Policy } from "@worker-watchdog/sdk/policy";
import { provideServers, type RuleTestCase, runRuleTests } from "@worker-watchdog/stack";
import { afterEach, expect, test } from "vitest";
import { neededRules } from "../src/rule-tests/needed-rules.ts";
import { ruleTestFiles } from "../src/rule-tests/rule-test-file.ts";
import { ruleFile, ruleFiles } from "../src/rules/rules-file.ts";
import { shortPolicy } from "./policies.ts";
import { runProgram, writeGenerated } from "./run-program.ts";

const folders: string[] = [];

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

async function promtool(policy: Policy, ...args: readonly string[]): Promise<string> {
  const { promtool } = await provideServers({ names: ["promtool"] });
  const folder = await writeGenerated(policy);
  folders.push(folder);
  const { code, output } = await runProgram(
    promtool.path,
    ...args.map((arg) => arg.replace("FOLDER", join(folder, "prometheus-rules"))),
  );
  expect(code, output).toBe(0);
  return output;
}

test.each([
  ["the default policy", defaultPolicy],
  ["another policy", shortPolicy],
])("promtool finds nothing to say about the rules of %s", async (_, policy) => {
  const output = await promtool(
    policy,
    "check",
    "rules",
    "--lint=all",
    "--lint-fatal",
    ...Array.from(ruleFiles(policy).keys(), (path) => `FOLDER/${basename(path)}`),
  );
  expect(output).toContain("SUCCESS");
});

// WATCHDOG_RULE_TESTS=whole: with all rules in place of those that a scenario is about, and for the default policy too.
const isWhole = process.env["WATCHDOG_RULE_TESTS"] === "whole";
const WHOLE_TIMEOUT_MILLIS = 3_600_000;

/** Every scenario of `policy`, with the rules that it is about. */
const casesOf = (policy: Policy): readonly RuleTestCase[] =>
  Array.from(ruleTestFiles(policy, ""), ([name, tests]) => ({
    name,
    rules: isWhole ? ruleFile(policy) : neededRules(ruleFile(policy), tests),
    tests,
  }));

async function expectAllToHold(cases: readonly RuleTestCase[]): Promise<void> {
  const { promtool } = await provideServers({ names: ["promtool"] });
  expect(cases.length).toBeGreaterThan(0);
  const failed = (await runRuleTests(promtool.path, cases)).filter(({ passed }) => !passed);
  expect(failed.map(({ name, output }) => `${name}:\n${output}`)).toEqual([]);
}

test.each([
  ["another policy", shortPolicy],
  // Of the committed files "alert rule tests" of `npm test` runs the rest.
  ...(isWhole ? [["the default policy", defaultPolicy] as const] : []),
] as const)(
  "each scenario holds for %s: each boundary moves with its number",
  async (_, policy) => {
    await expectAllToHold(casesOf(policy));
  },
  WHOLE_TIMEOUT_MILLIS,
);

test(
  "without alert 6, each scenario that differs holds",
  async () => {
    const policy = createPolicy({ ...shortPolicy, alerts: { ...shortPolicy.alerts, disabled: ["lease_expired"] } });
    const same = new Set(casesOf(shortPolicy).map((each) => JSON.stringify(each)));
    await expectAllToHold(casesOf(policy).filter((each) => !same.has(JSON.stringify(each))));
  },
  WHOLE_TIMEOUT_MILLIS,
);
