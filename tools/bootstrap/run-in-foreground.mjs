import { spawn } from "node:child_process";
import { constants } from "node:os";

const PARENT_CHECK_MILLIS = 1_000;

/**
 * Runs a program in this one's place: same terminal, its signals passed on, its exit code returned.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} The exit code; 128 and the signal's number when a signal ended it, as shells say it.
 */
export function runInForeground(command, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: "inherit", env });
    // A terminal sends Ctrl-C to the whole group by itself; passed on as well it would count as a second one.
    process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
    for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
    const parent = process.ppid;
    const parentCheck = setInterval(() => {
      // npm was killed: nobody can stop the task any more, so it is told to stop itself.
      if (process.ppid !== parent) child.kill("SIGTERM");
    }, PARENT_CHECK_MILLIS);
    parentCheck.unref();
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + (constants.signals[signal ?? "SIGKILL"] ?? 0)));
  });
}
