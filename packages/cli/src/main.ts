#!/usr/bin/env node
/** The `watchdog` command. */
import { enableCompileCache } from "node:module";
import { runCommand } from "./run-command.ts";

// What a command loads is compiled once for each machine, not once for each phase.
enableCompileCache();

process.exitCode = await runCommand(process.argv.slice(2), {
  print: (line) => process.stdout.write(`${line}\n`),
  complain: (line) => process.stderr.write(`${line}\n`),
  isColoured: process.stdout.isTTY === true && process.stdout.hasColors(),
  directory: process.cwd(),
});
