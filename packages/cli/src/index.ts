/** The commands of `watchdog`, for a program that brings its own arguments and output. */
export type { Command, CommandContext, CommandEntry, OptionValues } from "./command.ts";
export { COMMANDS } from "./command-table.ts";
export { runCommand } from "./run-command.ts";
