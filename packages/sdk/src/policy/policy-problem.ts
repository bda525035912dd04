/** What is wrong with a policy, and the one error that says all of it. */
import { WatchdogError } from "../errors.ts";

/** One thing that is wrong. */
export interface PolicyProblem {
  /** 1-based line in the file, where there is one. */
  readonly line: number | undefined;
  /** Dotted key; empty for the file as a whole. */
  readonly key: string;
  readonly found: string;
  readonly allowed: string;
  readonly nextStep: string;
}

const mostListed = 100;

/** Where a problem is: `file:line`, or the file alone. */
export function placeText(file: string, line: number | undefined): string {
  return line === undefined ? file : `${file}:${line}`;
}

/** The error of an invalid policy: one line for each problem, in the file's order. */
export function invalidPolicy(file: string, problems: readonly PolicyProblem[]): WatchdogError {
  const sorted = problems.toSorted((a, b) => (a.line ?? Number.MAX_VALUE) - (b.line ?? Number.MAX_VALUE));
  const lines = sorted.slice(0, mostListed).map((problem) => {
    const key = problem.key === "" ? "" : `${problem.key}: `;
    const { found, allowed, nextStep } = problem;
    return `${placeText(file, problem.line)}: ${key}found ${found}, allowed ${allowed}. ${nextStep}`;
  });
  if (sorted.length > mostListed) lines.push(`and ${sorted.length - mostListed} more`);
  return new WatchdogError("invalid_policy", lines.join("\n"));
}
