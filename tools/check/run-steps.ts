/** Runs checks in order, shows how far they are, and goes on after one that failed. */
import type { Step, StepResult } from "./step.ts";

/** All checks together. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
}

/** The part of a stream that progress is written to. */
export interface StepStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const TERMINAL_EVERY_MILLIS = 200;
const LINE_EVERY_MILLIS = 15_000;
/** Some terminals say that they are 0 wide. */
const DEFAULT_COLUMNS = 100;
const CLEAR_LINE = "\r\u001b[K";

/** Runs each step; what failed is printed in full, where it happened. */
export async function runSteps(steps: readonly Step[], stream: StepStream): Promise<Totals> {
  let passed = 0;
  let failed = 0;
  const failures: string[] = [];
  for (const [index, step] of steps.entries()) {
    const label = `[${index + 1}/${steps.length}] ${step.name}`;
    const result = await runStep(step, label, stream);
    passed += result.passed;
    failed += result.failed;
    if (result.failed > 0) failures.push(`${step.name} (${step.what})`);
  }
  if (failures.length > 0) stream.write(`\nFailed: ${failures.join("; ")}\n`);
  return { passed, failed };
}

async function runStep(step: Step, label: string, stream: StepStream): Promise<StepResult> {
  const startedAt = performance.now();
  const seconds = (): string => `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`;
  let latest = "";
  const show = (): void => {
    const text = `${label}: ${seconds()}${latest && ` · ${latest}`}`;
    stream.write(stream.isTTY ? `${CLEAR_LINE}${text.slice(0, (stream.columns || DEFAULT_COLUMNS) - 1)}` : `${text}\n`);
  };
  if (stream.isTTY) show();
  const timer = setInterval(show, stream.isTTY ? TERMINAL_EVERY_MILLIS : LINE_EVERY_MILLIS);
  const result = await step
    .run((line) => {
      if (line.trim() !== "") latest = line.trim();
    })
    .catch((error: unknown): StepResult => ({ passed: 0, failed: 1, output: describe(error) }));
  clearInterval(timer);
  const counts = result.failed === 0 ? `${result.passed} passed` : `${result.passed} passed, ${result.failed} FAILED`;
  stream.write(`${stream.isTTY ? CLEAR_LINE : ""}${label}: ${counts} in ${seconds()}\n`);
  if (result.failed > 0) stream.write(`\n$ ${step.what}\n${result.output.trimEnd()}\n\n`);
  return result;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
