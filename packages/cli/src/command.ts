/** What a command of `watchdog` is. */
import type { ParseArgsOptionsConfig } from "node:util";

/** What a command may touch, so that tests can watch it. */
export interface CommandContext {
  /** Writes one line to standard output. */
  readonly print: (line: string) => void;
  /** Writes one line to standard error. */
  readonly complain: (line: string) => void;
  /** Folder that relative paths start from. */
  readonly directory: string;
}

/** Values of a command's options, by name. */
export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

/** One command. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The help text below the first line. */
  readonly help: string;
  readonly options: ParseArgsOptionsConfig;
  /** Runs it; resolves to the exit code: 0 done, 1 a problem was found, 2 wrong usage. */
  readonly run: (values: OptionValues, context: CommandContext) => Promise<number>;
}
