/** A check that a vitest project makes: every test counts, and so does a file that could not be loaded. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { toolPath } from "../workspace/repository.ts";
import { runCaptured } from "./run-captured.ts";
import type { Step, StepResult } from "./step.ts";

/** What is read of vitest's JSON report. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** End-to-end tests wait most of their time, for leases to run out and pages to come; vitest's own default is one less than there are cores. */
const E2E_WORKERS = 4;
/** Unit tests wait as well, for what they start: on two cores three at once take half the time of vitest's one. */
const UNIT_WORKERS = Math.max(3, availableParallelism());

/** Makes a step of a project of vitest.config.ts. */
export function vitestStep(project: "unit" | "e2e"): Step {
  return {
    name: project === "unit" ? "unit tests" : "end-to-end tests",
    what: `node_modules/.bin/vitest run --project ${project}`,
    async run(onLine) {
      const directory = await mkdtemp(join(tmpdir(), "vitest-report-"));
      try {
        const reportFile = join(directory, "report.json");
        const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`];
        const { exitCode, output } = await runCaptured(
          toolPath("vitest"),
          ["run", "--project", project, `--maxWorkers=${project === "e2e" ? E2E_WORKERS : UNIT_WORKERS}`, ...reporters],
          onLine,
        );
        return countTests(JSON.parse(await readFile(reportFile, "utf8")) as Report, exitCode, output);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
  };
}

/** A test that was skipped did not pass: a set-up failed, or somebody switched it off. */
function countTests(report: Report, exitCode: number, output: string): StepResult {
  let passed = 0;
  const notPassed: string[] = [];
  for (const file of report.testResults) {
    for (const test of file.assertionResults) {
      if (test.status === "passed") passed += 1;
      else notPassed.push(`${test.status}: ${file.name} > ${test.fullName}`);
    }
    const allPassed = file.assertionResults.every((test) => test.status === "passed");
    if (file.status !== "passed" && allPassed) notPassed.push(`could not be run: ${file.name}: ${file.message}`);
  }
  if (notPassed.length === 0 && exitCode !== 0) notPassed.push(`vitest ended with exit code ${exitCode}`);
  return { passed, failed: notPassed.length, output: `${output}\n${notPassed.join("\n")}` };
}
