/** From arguments to a command and its exit code. Wrong usage names what was found and what there is. */
import { parseArgs } from "node:util";
import type { Command, CommandContext, CommandEntry, OptionValues } from "./command.ts";
import { COMMANDS } from "./command-table.ts";

const WRONG_USAGE = 2;
const FAILED = 1;

/** Runs `watchdog` with `args` (without node and script). Resolves to the exit code; never throws for what a user can mend. */
export async function runCommand(args: readonly string[], context: CommandContext): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    context.print(overview());
    return name === undefined ? WRONG_USAGE : 0;
  }
  const entry = COMMANDS.find((candidate) => candidate.name === name);
  if (entry === undefined) {
    const names = COMMANDS.map((candidate) => candidate.name);
    context.complain(await unknown("command", name, names, "watchdog --help"));
    return WRONG_USAGE;
  }
  const command = await entry.load();
  const split = command.takesCommand === true ? rest.indexOf("--") : -1;
  const values = await readOptions(entry, command, split < 0 ? rest : rest.slice(0, split), context);
  if (values === undefined) return command.usageExitCode ?? WRONG_USAGE;
  if (values["help"] === true) {
    context.print(helpOf(entry, command));
    return 0;
  }
  try {
    return await command.run(values, context, split < 0 ? undefined : rest.slice(split + 1));
  } catch (error) {
    const { WatchdogError } = await import("@worker-watchdog/sdk");
    if (WatchdogError.isInstance(error) || isSystemError(error)) {
      // It may quote a job's id, an address, or a value of the policy.
      const { redact } = await import("@worker-watchdog/sdk/redact");
      context.complain(redact(error.message).text);
      return FAILED;
    }
    throw error;
  }
}

async function readOptions(
  { name }: CommandEntry,
  command: Command,
  args: readonly string[],
  context: CommandContext,
): Promise<OptionValues | undefined> {
  const options = { ...command.options, help: { type: "boolean", short: "h" } } as const;
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === "positional") {
      const allowed = command.takesCommand === true ? "options, then `--` and the command" : "options only";
      context.complain(`watchdog ${name}: found \`${token.value}\`, allowed ${allowed}. See: watchdog ${name} --help`);
      return undefined;
    }
    if (token.kind === "option" && !Object.hasOwn(options, token.name)) {
      const names = Object.keys(options).map((option) => `--${option}`);
      context.complain(await unknown("option", token.rawName, names, `watchdog ${name} --help`));
      return undefined;
    }
  }
  try {
    // Every option here takes one text or none, and none may be given twice.
    return parseArgs({ args: [...args], options, strict: true }).values as OptionValues;
  } catch (error) {
    context.complain(`watchdog ${name}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

async function unknown(what: string, found: string, known: readonly string[], help: string): Promise<string> {
  const { nearest } = await import("./nearest.ts");
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

function helpOf({ name, summary }: CommandEntry, { help, takesCommand }: Command): string {
  const rest = takesCommand === true ? " -- COMMAND [ARGUMENT …]" : "";
  return `Usage: watchdog ${name} [options]${rest}\n\n${summary}\n\n${help}`;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && "syscall" in error;
}
