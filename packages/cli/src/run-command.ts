/** From arguments to a command and its exit code. Wrong usage names what was found and what there is. */
import { parseArgs } from "node:util";
import { WatchdogError } from "@worker-watchdog/sdk";
import type { Command, CommandContext, OptionValues } from "./command.ts";
import { COMMANDS } from "./command-table.ts";
import { nearest } from "./nearest.ts";

const WRONG_USAGE = 2;
const FAILED = 1;

/** Runs `watchdog` with `args` (without node and script). Resolves to the exit code; never throws for what a user can mend. */
export async function runCommand(args: readonly string[], context: CommandContext): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    context.print(overview());
    return name === undefined ? WRONG_USAGE : 0;
  }
  const command = COMMANDS.find((entry) => entry.name === name);
  if (command === undefined) {
    context.complain(
      unknown(
        "command",
        name,
        COMMANDS.map((entry) => entry.name),
        "watchdog --help",
      ),
    );
    return WRONG_USAGE;
  }
  const values = readOptions(command, rest, context);
  if (values === undefined) return WRONG_USAGE;
  if (values["help"] === true) {
    context.print(helpOf(command));
    return 0;
  }
  try {
    return await command.run(values, context);
  } catch (error) {
    if (WatchdogError.isInstance(error) || isSystemError(error)) {
      context.complain(error.message);
      return FAILED;
    }
    throw error;
  }
}

function readOptions(command: Command, args: readonly string[], context: CommandContext): OptionValues | undefined {
  const options = { ...command.options, help: { type: "boolean", short: "h" } } as const;
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === "positional") {
      context.complain(
        `watchdog ${command.name}: found \`${token.value}\`, allowed options only. See: watchdog ${command.name} --help`,
      );
      return undefined;
    }
    if (token.kind === "option" && !Object.hasOwn(options, token.name)) {
      const names = Object.keys(options).map((option) => `--${option}`);
      context.complain(unknown("option", token.rawName, names, `watchdog ${command.name} --help`));
      return undefined;
    }
  }
  try {
    // Every option here takes one text or none, and none may be given twice.
    return parseArgs({ args: [...args], options, strict: true }).values as OptionValues;
  } catch (error) {
    context.complain(`watchdog ${command.name}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function unknown(what: string, found: string, known: readonly string[], help: string): string {
  const meant = nearest(found, known);
  const hint = meant === undefined ? "" : ` Did you mean \`${meant}\`?`;
  return `watchdog: found ${what} \`${found}\`, allowed ${known.map((name) => `\`${name}\``).join(", ")}.${hint} See: ${help}`;
}

function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  return [
    "Usage: watchdog <command> [options]",
    "",
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "Options of a command: watchdog <command> --help",
  ].join("\n");
}

function helpOf({ name, summary, help }: Command): string {
  return `Usage: watchdog ${name} [options]\n\n${summary}\n\n${help}`;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && "syscall" in error;
}
