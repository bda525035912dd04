import { spawn } from "node:child_process";

/**
 * Runs a program to its end without showing what it prints.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<{ exitCode: number | null, output: string }>} The exit code is null when it could not be run.
 */
export function runQuietly(command, args, options) {
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk) => {
        output += chunk;
      });
    }
    child.once("error", (error) => resolve({ exitCode: null, output: `${output}${error.message}\n` }));
    child.once("close", (exitCode) => resolve({ exitCode, output }));
  });
}

/** The last lines of what a program printed, indented for a message. */
export function lastLines(output, count = 15) {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return lines
    .slice(-count)
    .map((line) => `  ${line}`)
    .join("\n");
}
