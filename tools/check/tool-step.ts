/** A check that one program makes: it passes when the exit code is 0, and counts as one. */
import { basename } from "node:path";
import { runCaptured } from "./run-captured.ts";
import type { Step } from "./step.ts";

/** A command line; a function where it is known only once an earlier step has run. */
export type Commandline = readonly [command: string, ...args: string[]];

/** Makes a step of a program. */
export function toolStep(
  name: string,
  what: string,
  commandline: Commandline | (() => Commandline | Promise<Commandline>),
): Step {
  return {
    name,
    what,
    async run(onLine) {
      const [command, ...args] = typeof commandline === "function" ? await commandline() : commandline;
      const { exitCode, output } = await runCaptured(command, args, onLine);
      if (exitCode === 0) return { passed: 1, failed: 0, output };
      return { passed: 0, failed: 1, output: `${output}\n${basename(command)} ended with exit code ${exitCode}` };
    },
  };
}
