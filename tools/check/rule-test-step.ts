/** The check of the committed rule tests: each with the rules that it is about, several at a time. */

import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { neededRules, type RuleFile, type RuleTestFile } from "@worker-watchdog/monitoring";
import { type RuleTestCase, runRuleTests } from "@worker-watchdog/stack";
import { parse } from "yaml";
import { repositoryPath } from "../workspace/repository.ts";
import type { Step } from "./step.ts";

/** Which files, relative to the repository; functions, as they are looked for when the step runs. */
export interface RuleTestStepOptions {
  readonly rules: () => Promise<readonly string[]>;
  readonly tests: () => Promise<readonly string[]>;
  readonly promtool: () => string;
}

/** Makes the step. A test file counts as one test. */
export function ruleTestStep(what: string, { rules, tests, promtool }: RuleTestStepOptions): Step {
  return {
    name: "alert rule tests",
    what,
    async run(onLine) {
      const all: RuleFile = {
        groups: (await Promise.all((await rules()).map(read<RuleFile>))).flatMap(({ groups }) => groups),
      };
      const cases = await Promise.all(
        (await tests()).map(async (file): Promise<RuleTestCase> => {
          const content = await read<RuleTestFile>(file);
          return { name: basename(file), rules: neededRules(all, content), tests: content };
        }),
      );
      const results = await runRuleTests(promtool(), cases, {
        onResult: ({ name, passed }) => onLine(`${name}: ${passed ? "passed" : "failed"}`),
      });
      const failed = results.filter(({ passed }) => !passed);
      return {
        passed: results.length - failed.length,
        failed: failed.length,
        output: failed.map(({ name, output }) => `${name}:\n${output}`).join("\n"),
      };
    },
  };
}

async function read<T>(file: string): Promise<T> {
  return parse(await readFile(repositoryPath(file), "utf8")) as T;
}
