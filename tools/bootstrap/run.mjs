#!/usr/bin/env node
/**
 * `npm start`, `npm test` and the rest call this with a task's name. It makes sure of Node 24, pnpm and the packages, each in
 * this repository, and runs `tools/tasks/<task>.ts` with them. Plain JavaScript without packages, for Node 18 and later.
 */
import { existsSync, readdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BootstrapError } from "./bootstrap-error.mjs";
import { installPackages } from "./install-packages.mjs";
import { provideTools } from "./provide-tools.mjs";
import { runInForeground } from "./run-in-foreground.mjs";

const bootstrapDirectory = dirname(fileURLToPath(import.meta.url));
const repository = dirname(dirname(bootstrapDirectory));
const tasksDirectory = join(repository, "tools", "tasks");

async function main() {
  const [task = "", ...args] = process.argv.slice(2);
  const file = join(tasksDirectory, `${task}.ts`);
  if (!/^[a-z-]+$/.test(task) || !existsSync(file)) {
    const tasks = readdirSync(tasksDirectory).filter((name) => /^[a-z-]+\.ts$/.test(name));
    throw new BootstrapError(
      `There is no task ${JSON.stringify(task)}; there are ${tasks.map((name) => name.slice(0, -3)).join(", ")}.`,
    );
  }
  const tools = await provideTools(bootstrapDirectory);
  const programs = [dirname(tools.node), join(bootstrapDirectory, "node_modules", ".bin"), process.env.PATH];
  const path = programs.join(delimiter);
  const env = { ...process.env, PATH: path };
  await installPackages(repository, tools, env);
  return runInForeground(tools.node, ["--conditions=@worker-watchdog/source", file, ...args], env);
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error) => {
    console.error(error instanceof BootstrapError ? `\n${error.message}` : error);
    process.exitCode = 1;
  },
);
