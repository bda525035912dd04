/** Runs a program in this terminal. */
import { spawn } from "node:child_process";
import { REPOSITORY } from "./repository.ts";

/** Runs a program in the root folder and returns its exit code; one that a signal ended counts as 1. */
export function runTool(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: REPOSITORY, stdio: "inherit" });
    // Ctrl-C reaches the child by itself; this one waits for it to finish.
    process.on("SIGINT", () => {});
    process.on("SIGTERM", () => child.kill("SIGTERM"));
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
