/** Runs rule tests with promtool, several processes side by side: one promtool evaluates its tests one after another, on one core. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "./run-program.ts";

/** A test file and the rules that it is about, as the objects that their YAML stands for. */
export interface RuleTestCase {
  readonly name: string;
  readonly rules: object;
  /** `rule_files` is set by the run. */
  readonly tests: object;
}

/** What promtool said to a case. */
export interface RuleTestResult {
  readonly name: string;
  readonly passed: boolean;
  readonly output: string;
}

/** How to run them. */
export interface RuleTestOptions {
  /** Processes at a time. Default: one for each core. */
  readonly parallel?: number | undefined;
  /** The end of one process. Default: 900,000, for a machine that has other things to do. */
  readonly timeoutMillis?: number | undefined;
  readonly onResult?: ((result: RuleTestResult) => void) | undefined;
}

/** One thread each, as there is one process for each core; histories are small, and collecting their garbage less often saves a third. */
const GO_SETTINGS = { GOMAXPROCS: "1", GOGC: "400" };
const TIMEOUT_MILLIS = 900_000;

/** Runs every case with the `promtool` at this path, the largest first, so that none is left running alone at the end; results in the order given. */
export async function runRuleTests(
  promtool: string,
  cases: readonly RuleTestCase[],
  { parallel = availableParallelism(), timeoutMillis = TIMEOUT_MILLIS, onResult }: RuleTestOptions = {},
): Promise<readonly RuleTestResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "watchdog-rule-tests-"));
  const results: RuleTestResult[] = [];
  // JSON is YAML, and a hundred times faster to write.
  const open = cases
    .map(({ name, rules, tests }, index) => ({
      name,
      index,
      rules: JSON.stringify(rules),
      tests: JSON.stringify({ ...tests, rule_files: [`${index}.rules.yml`] }),
    }))
    .sort((left, right) => left.tests.length - right.tests.length);
  const run = async (): Promise<void> => {
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { name, index, rules, tests } = next;
      await writeFile(join(folder, `${index}.rules.yml`), rules);
      const file = join(folder, `${index}.test.yml`);
      await writeFile(file, tests);
      const { exitCode, output, spawnError } = await runProgram(promtool, ["test", "rules", file], {
        env: GO_SETTINGS,
        timeoutMillis,
      });
      const end = exitCode === null && spawnError === undefined ? `\nended after ${timeoutMillis} ms` : "";
      const result = { name, passed: exitCode === 0, output: `${spawnError?.message ?? output}${end}` };
      results[index] = result;
      onResult?.(result);
    }
  };
  try {
    await Promise.all(Array.from({ length: parallel }, run));
    return results;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
