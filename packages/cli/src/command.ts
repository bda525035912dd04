/** What a command of `watchdog` is. */
import type { ParseArgsOptionsConfig } from "node:util";

/** What a command may touch, so that tests can watch it. */
export interface CommandContext {
  /** Writes one line to standard output. */
  readonly print: (line: string) => void;
  /** Writes one line to standard error. */
  readonly complain: (line: string) => void;
  /** Whether standard output is a terminal that shows colours. Default: false. */
  readonly isColoured?: boolean | undefined;
  /** Folder that relative paths start from. */
  readonly directory: string;
  /** Environment variables. Default: this process's. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Values of a command's options, by name. */
export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

/** One command. */
export interface Command {
  /** The help text below the first lines. */
  readonly help: string;
  readonly options: ParseArgsOptionsConfig;
  /** Whether `--` and a command line of somebody else's may follow the options. Default: false. */
  readonly takesCommand?: boolean | undefined;
  /** Exit code of wrong usage. Default: 2. */
  readonly usageExitCode?: number | undefined;
  /**
   * Runs it; resolves to the exit code: 0 done, 1 a problem was found, 2 wrong usage. A command that runs another one has codes of its own.
   *
   * @param command What follows `--`; undefined where there is no `--`.
   */
  readonly run: (
    values: OptionValues,
    context: CommandContext,
    command?: readonly string[] | undefined,
  ) => Promise<number>;
}

/** A command in the table: what it needs is loaded when it is asked for. */
export interface CommandEntry {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  readonly load: () => Promise<Command>;
}
