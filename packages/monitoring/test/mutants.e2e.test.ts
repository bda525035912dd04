import { provideServers, runRuleTests } from "@worker-watchdog/stack";
import { beforeAll, describe, expect, test } from "vitest";
import { neededRules } from "../src/rule-tests/needed-rules.ts";
import { type RuleTestFile, ruleTestFiles } from "../src/rule-tests/rule-test-file.ts";
import { ranges } from "../src/rules/ranges.ts";
import { type RuleFile, ruleFile } from "../src/rules/rules-file.ts";
import { type Mutant, mutantsOf } from "./mutants.ts";
import { shortPolicy } from "./policies.ts";

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
  {
    name: /^(?:FalseGreen|MultiplePrimaryJobs|Watchdog)$/,
    change: /> 0.*-> .*>= 0/,
    why: "A time, a count of claims that are too many, and the dead man's 1 are never 0; the comparison says that there is one.",
  },
];

const isEquivalent = (name: string, { change }: Mutant): boolean =>
  EQUIVALENT.some((entry) => entry.name.test(name) && entry.change.test(change));

const rules = ruleFile(shortPolicy);
const tests = [...ruleTestFiles(shortPolicy, "rules.yml").values()];
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
beforeAll(async () => {
  promtool = (await provideServers({ names: ["promtool"] })).promtool.path;
});

/** Whether a scenario fails on these rules. Those that name the alert come first: the first failure is enough. */
async function isKilled(name: string, mutated: RuleFile): Promise<boolean> {
  const names = ({ tests: [scenario] }: RuleTestFile) =>
    scenario?.alert_rule_test.some(({ alertname }) => alertname === name) === true;
  const ordered = [...tests.filter(names), ...(name.includes(":") ? tests.filter((scenario) => !names(scenario)) : [])];
  for (const scenario of ordered) {
    const [result] = await runRuleTests(promtool, [{ name, rules: neededRules(mutated, scenario), tests: scenario }]);
    if (result?.passed === false) return true;
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
