/** Runs a program, collects what it prints and passes each line on. */
import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { REPOSITORY } from "../workspace/repository.ts";

/** 128 and the number of SIGTERM, as shells say it. */
const SIGTERM_EXIT_CODE = 143;

/** How a program ended. */
export interface Captured {
  readonly exitCode: number;
  readonly output: string;
}

/** Runs a program in the root folder; one that a signal ended counts as exit code 1. */
export function runCaptured(
  command: string,
  args: readonly string[],
  onLine: (line: string) => void,
): Promise<Captured> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: REPOSITORY,
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        const text = stripVTControlCharacters(chunk);
        output += text;
        for (const line of text.split(/[\r\n]+/)) onLine(line);
      });
    }
    const stop = (): void => {
      child.once("close", () => process.exit(SIGTERM_EXIT_CODE));
      child.kill("SIGTERM");
    };
    process.once("SIGTERM", stop);
    child.once("error", reject);
    child.once("close", (code) => {
      process.off("SIGTERM", stop);
      resolve({ exitCode: code ?? 1, output });
    });
  });
}
