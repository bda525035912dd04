/**
 * Runs rule tests against many mutants at once.
 *
 * A mutant is a copy of its rule, and of every rule that reads it, under names of its own, in the same groups and order. So one promtool
 * process tries many mutants on one scenario, and the series that none of them changes are recorded once for all.
 */
import { availableParallelism } from "node:os";
import { type RuleTestCase, runRuleTests } from "@worker-watchdog/stack";
import { nameOf, neededRules } from "../src/rule-tests/needed-rules.ts";
import type { RuleTestFile } from "../src/rule-tests/rule-test-file.ts";
import type { Rule, RuleFile } from "../src/rules/rules-file.ts";
import type { Mutant } from "./mutants.ts";

/** A mutant of one rule. */
export interface RuleMutant extends Mutant {
  readonly rule: Rule;
}

/** What to run. */
export interface MutantRun {
  readonly promtool: string;
  readonly rules: RuleFile;
  readonly tests: readonly RuleTestFile[];
  readonly mutants: readonly RuleMutant[];
  /** Told after each scenario: how many mutants it was tried on, and how many are left in all. */
  readonly onScenario?: ((name: string, tried: number, alive: number) => void) | undefined;
}

/** Mutants of one promtool process: as many as leave work for every core. */
const MAX_BATCH = 40;
const TIMEOUT_MILLIS = 600_000;

interface Candidate {
  readonly id: number;
  readonly mutant: RuleMutant;
  /** The mutated rule's name, and those of all rules that read it, however far. */
  readonly affected: ReadonlySet<string>;
}

/** The mutants that no scenario notices. Each scenario is tried on what the cheaper ones left. */
export async function survivors({
  promtool,
  rules,
  tests,
  mutants,
  onScenario,
}: MutantRun): Promise<readonly RuleMutant[]> {
  let alive: readonly Candidate[] = mutants.map((mutant, id) => ({
    id,
    mutant,
    affected: readers(rules, nameOf(mutant.rule)),
  }));
  for (const scenario of [...tests].sort((left, right) => cost(left) - cost(right))) {
    const concerned = alive.filter(({ affected }) => alertsOf(scenario).some((alert) => affected.has(alert)));
    const killed = await killedBy({ promtool, rules, scenario, candidates: concerned });
    alive = alive.filter(({ id }) => !killed.has(id));
    onScenario?.(scenario.tests[0]?.name ?? "", concerned.length, alive.length);
  }
  return alive.map(({ mutant }) => mutant);
}

interface ScenarioRun {
  readonly promtool: string;
  readonly rules: RuleFile;
  readonly scenario: RuleTestFile;
  readonly candidates: readonly Candidate[];
}

async function killedBy({ promtool, rules, scenario, candidates }: ScenarioRun): Promise<ReadonlySet<number>> {
  const killed = new Set<number>();
  let open = candidates;
  while (open.length > 0) {
    const size = Math.min(MAX_BATCH, Math.ceil(open.length / availableParallelism()));
    const batches = Array.from({ length: Math.ceil(open.length / size) }, (_, index) =>
      open.slice(index * size, (index + 1) * size),
    );
    const results = await runRuleTests(
      promtool,
      batches.map((batch, index) => mutated(rules, scenario, batch, String(index))),
      { timeoutMillis: TIMEOUT_MILLIS },
    );
    // A rule that can not be evaluated ends its process at that tick: the others of its batch have to be tried again without it.
    const again: Candidate[] = [];
    results.forEach(({ passed, output }, index) => {
      const batch = batches[index] ?? [];
      const failed = new Set([...output.matchAll(/^ +alertname: \w+?__m(\d+),/gm)].map(([, id]) => Number(id)));
      const broken = new Set([...output.matchAll(/^ +rule: [\w:]+?__m(\d+),/gm)].map(([, id]) => Number(id)));
      if (!passed && failed.size + broken.size === 0)
        throw new Error(`promtool ended with no word of a mutant:\n${output}`);
      for (const id of [...failed, ...broken]) killed.add(id);
      if (broken.size > 0) again.push(...batch.filter(({ id }) => !killed.has(id)));
    });
    open = again;
  }
  return killed;
}

/** `scenario` for each of the candidates, under the names of its copies. */
function mutated(
  { groups }: RuleFile,
  scenario: RuleTestFile,
  candidates: readonly Candidate[],
  name: string,
): RuleTestCase {
  const copies: RuleFile = {
    groups: groups.map((group) => ({
      ...group,
      rules: [...group.rules, ...candidates.flatMap((candidate) => copiesOf(group.rules, candidate))],
    })),
  };
  const tests = {
    ...scenario,
    tests: scenario.tests.map((test) => ({
      ...test,
      alert_rule_test: candidates.flatMap(({ id, affected }) =>
        test.alert_rule_test
          .filter(({ alertname }) => affected.has(alertname))
          .map((look) => ({ ...look, alertname: `${look.alertname}__m${id}` })),
      ),
    })),
  };
  return { name, rules: neededRules(copies, tests), tests };
}

function copiesOf(rules: readonly Rule[], { id, mutant, affected }: Candidate): readonly Rule[] {
  return rules
    .filter((rule) => affected.has(nameOf(rule)))
    .map((rule) => {
      const source = rule === mutant.rule ? mutant.expr : rule.expr;
      const expr = source.replaceAll(/[a-zA-Z_:][\w:]*/g, (name) =>
        name.includes(":") && affected.has(name) ? `${name}__m${id}` : name,
      );
      return "alert" in rule
        ? { ...rule, alert: `${rule.alert}__m${id}`, expr }
        : { record: `${rule.record}__m${id}`, expr };
    });
}

function readers({ groups }: RuleFile, name: string): ReadonlySet<string> {
  const all = groups.flatMap(({ rules }) => rules);
  const found = new Set([name]);
  for (let size = 0; size < found.size; ) {
    size = found.size;
    for (const rule of all) {
      if ([...rule.expr.matchAll(/[a-zA-Z_:][\w:]*/g)].some(([word]) => word.includes(":") && found.has(word)))
        found.add(nameOf(rule));
    }
  }
  return found;
}

function alertsOf({ tests }: RuleTestFile): readonly string[] {
  return tests.flatMap(({ alert_rule_test }) => alert_rule_test.map(({ alertname }) => alertname));
}

/** Ticks, more or less: the last look decides how long a scenario takes. */
function cost({ tests }: RuleTestFile): number {
  return Math.max(
    ...tests.map(
      ({ alert_rule_test, input_series }) =>
        Math.max(0, ...alert_rule_test.map(({ eval_time }) => Number.parseInt(eval_time, 10))) *
        Math.sqrt(input_series.length + 1),
    ),
  );
}
