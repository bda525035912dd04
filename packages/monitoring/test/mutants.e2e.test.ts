import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { provideServers } from "@worker-watchdog/stack";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { ruleTestFile } from "../src/rule-tests/rule-test-file.ts";
import { ranges } from "../src/rules/ranges.ts";
import { type RuleFile, ruleFile } from "../src/rules/rules-file.ts";
import { type Mutant, mutantsOf } from "./mutants.ts";
import { shortPolicy } from "./policies.ts";
import { runProgram } from "./run-program.ts";

/** Mutants of alerts that change nothing, with the reason. */
const EQUIVALENT: readonly { readonly name: RegExp; readonly change: RegExp; readonly why: string }[] = [
  {
    name: /^(?:CompleteRejected|JobNotFoundAfterClaim|ArtifactMissing|MissingDeliverableId)$/,
    change: /^\(worker_pool, worker_id, job_id, trace_id\)(?: \(\d\))? -> \(.*trace_id\)$/,
    why: "A trace id tells attempts apart by itself; the other labels are there for the reader.",
  },
  {
    name: /^RepeatedNoJob$/,
    change: new RegExp(`-> \\[${ranges(shortPolicy).streakSeconds * 2}s\\]$`),
    why: "The streak and the poll are one process's: the shorter of the two ranges decides.",
  },
  {
    name: /^RepeatedNoJob$/,
    change: /^max by -> min by$/,
    why: "Only the process that polled last is left, with one value.",
  },
];

const isEquivalent = (name: string, { change }: Mutant): boolean =>
  EQUIVALENT.some((entry) => entry.name.test(name) && entry.change.test(change));

interface TestFile {
  readonly tests: readonly { readonly alert_rule_test: readonly { readonly alertname: string }[] }[];
}

const rules = ruleFile(shortPolicy);
const tests = ruleTestFile(shortPolicy, "rules.yml") as TestFile;
/** The alerts whose thresholds are changed by default: each one takes up to a minute. */
const SHORT_FORM: ReadonlySet<string> = new Set([
  "LeaseExpiringWithClaimedJob",
  "CompleteRejected",
  "JobNotFoundAfterClaim",
  "ArtifactMissing",
  "LeaseExpired",
  "MissingDeliverableId",
]);
// WATCHDOG_MUTANTS=alerts changes each threshold of each alert, and all changes everything: hours.
const form = process.env["WATCHDOG_MUTANTS"];
const isAll = form === "all";
const MUTATED = rules.groups
  .flatMap((group) => group.rules)
  .filter((rule) => isAll || ("alert" in rule && (form === "alerts" || SHORT_FORM.has(rule.alert))))
  .map((rule) => ({ name: "alert" in rule ? rule.alert : rule.record, expr: rule.expr }));

let promtool: string;
let folder: string;

beforeAll(async () => {
  promtool = (await provideServers({ names: ["promtool"] })).promtool.path;
  folder = await mkdtemp(join(tmpdir(), "watchdog-mutants-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Whether a scenario fails on these rules. Those that name the alert come first: the first failure is enough. */
async function isKilled(name: string, mutated: RuleFile): Promise<boolean> {
  await writeFile(join(folder, "rules.yml"), stringify(mutated));
  const names = (scenario: TestFile["tests"][number]) =>
    scenario.alert_rule_test.some(({ alertname }) => alertname === name);
  const ordered = [
    ...tests.tests.filter(names),
    ...(name.includes(":") ? tests.tests.filter((scenario) => !names(scenario)) : []),
  ];
  for (const scenario of ordered) {
    await writeFile(join(folder, "test.yml"), stringify({ ...tests, tests: [scenario] }));
    const { code } = await runProgram(promtool, "test", "rules", join(folder, "test.yml"));
    if (code !== 0) return true;
  }
  return false;
}

function withExpression(name: string, expr: string): RuleFile {
  return {
    groups: rules.groups.map((group) => ({
      ...group,
      rules: group.rules.map((rule) =>
        ("alert" in rule ? rule.alert : rule.record) === name ? { ...rule, expr } : rule,
      ),
    })),
  };
}

const mutants = (expr: string): readonly Mutant[] =>
  mutantsOf(expr, shortPolicy.pipeline.rule_interval_seconds).filter(({ kind }) => isAll || kind === "threshold");

describe.each(MUTATED.filter(({ expr }) => mutants(expr).length > 0))("$name", ({ name, expr }) => {
  test.each(mutants(expr).filter((mutant) => !isEquivalent(name, mutant)))("$change is noticed", async (mutant) => {
    expect(await isKilled(name, withExpression(name, mutant.expr))).toBe(true);
  });
});
