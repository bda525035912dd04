import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { provideServers } from "@worker-watchdog/stack";
import { expect, test } from "vitest";
import { nameOf } from "../src/rule-tests/needed-rules.ts";
import { ruleTestFiles } from "../src/rule-tests/rule-test-file.ts";
import { DEEP_GROUP, PAGING_GROUP, ruleFile } from "../src/rules/rules-file.ts";
import { mutantsOf } from "./mutants.ts";
import { EQUIVALENT } from "./mutants-equivalent.ts";
import { type RuleMutant, survivors } from "./mutants-run.ts";
import { shortPolicy } from "./policies.ts";
import { runProgram } from "./run-program.ts";

// WATCHDOG_MUTANTS=all: every mutant of every rule. Else those of the alerts that the seed chooses.
const isAll = process.env["WATCHDOG_MUTANTS"] === "all";
const SHARE = 30;
const SEED = 1;
const TIMEOUT_MILLIS = 3_600_000;

const rules = ruleFile(shortPolicy);
/** The workers' rules. What is recorded for dashboards pages nobody; the objectives' and the pipeline's own rules are not tried. */
const GROUPS: readonly string[] = [DEEP_GROUP, PAGING_GROUP];
const OF_THE_PIPELINE = /^(?:Telemetry|rules:)/;
const mutants: readonly RuleMutant[] = rules.groups
  .filter(({ name }) => GROUPS.includes(name))
  .flatMap((group) => group.rules)
  .filter((rule) => !OF_THE_PIPELINE.test(nameOf(rule)))
  .flatMap((rule) =>
    mutantsOf(rule.expr, shortPolicy.pipeline.rule_interval_seconds).map((mutant) => ({ ...mutant, rule })),
  );
const equivalentTo = (mutant: RuleMutant) =>
  EQUIVALENT.find(({ rule, change }) => rule.test(nameOf(mutant.rule)) && change.test(mutant.change));
const chosen = isAll
  ? mutants
  : mutants.filter(({ rule }) => "alert" in rule).filter((_, index) => (index + SEED) % SHARE === 0);
const described = (mutant: RuleMutant): string =>
  `${nameOf(mutant.rule)}${"alert" in mutant.rule ? ` ${mutant.rule.labels["severity"]}` : ""}: ${mutant.change}`;

test("every mutant is valid PromQL", async () => {
  const { promtool } = await provideServers({ names: ["promtool"] });
  const folder = await mkdtemp(join(tmpdir(), "watchdog-mutants-"));
  try {
    const file = join(folder, "mutants.rules.yml");
    const all = mutants.map(({ expr }, index) => ({ record: `mutant:${index}`, expr }));
    await writeFile(file, JSON.stringify({ groups: [{ name: "mutants", rules: all }] }));
    const { code, output } = await runProgram(promtool.path, "check", "rules", "--lint=none", file);
    const invalid = [...output.matchAll(/"mutant:(\d+)"/g)].map(([, index]) => mutants[Number(index)]);
    expect(invalid.map((mutant) => (mutant === undefined ? "" : described(mutant)))).toEqual([]);
    expect(code, output).toBe(0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test(
  "every mutant is noticed by a scenario, or is equivalent for a stated reason",
  async () => {
    const { promtool } = await provideServers({ names: ["promtool"] });
    const tests = [...ruleTestFiles(shortPolicy, "").values()];
    const tried = chosen.filter((mutant) => equivalentTo(mutant) === undefined);
    expect(tried.length).toBeGreaterThan(15);
    const left = await survivors({
      promtool: promtool.path,
      rules,
      tests,
      mutants: tried,
      onScenario: (name, of, alive) => {
        if (isAll && of > 0) console.log(`${name}: tried on ${of}, ${alive} left`);
      },
    });
    expect(left.map(described)).toEqual([]);
  },
  TIMEOUT_MILLIS,
);

test("each reason for an equivalent mutant is about some mutant", () => {
  expect(EQUIVALENT.filter((entry) => !mutants.some((mutant) => equivalentTo(mutant) === entry))).toEqual([]);
});
