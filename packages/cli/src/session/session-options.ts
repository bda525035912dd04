/** The options of `watchdog session`, each checked before anything runs. */
import { WatchdogError } from "@worker-watchdog/sdk";
import { AGENTS, type Agent, agentOfCommand, type OutputFormat } from "@worker-watchdog/sdk/session";
import type { OptionValues } from "../command.ts";

/** What is to be run, as the options say. */
export interface SessionOptions {
  readonly command: readonly string[];
  readonly agent: Agent;
  readonly format: OutputFormat;
  /** The job that it is for; undefined: the one that the worker holds, if any. */
  readonly jobId: string | undefined;
  readonly isQuiet: boolean;
}

/** For `parseArgs`. */
export const SESSION_OPTIONS = {
  job: { type: "string" },
  agent: { type: "string" },
  format: { type: "string" },
  quiet: { type: "boolean" },
} as const;

const FORMATS = ["text", "json", "auto"] as const satisfies readonly OutputFormat[];

/** @throws WatchdogError `invalid_option`, which names the option, what was found and what is allowed. */
export function sessionOptions(values: OptionValues, command: readonly string[] | undefined): SessionOptions {
  if (command === undefined || command.length === 0)
    throw wrong("the command after --", undefined, "an agent and its arguments, such as `codex exec --json …`");
  const known = agentOfCommand(command);
  const agent = oneOf("--agent", values["agent"], AGENTS) ?? known?.agent;
  if (agent === undefined)
    throw wrong(
      "--agent",
      undefined,
      `${AGENTS.join(", ")}: whose output it is can not be told from \`${command[0]}\``,
    );
  return {
    command,
    agent,
    format: oneOf("--format", values["format"], FORMATS) ?? (known?.agent === agent ? known.format : "auto"),
    jobId: typeof values["job"] === "string" ? values["job"] : undefined,
    isQuiet: values["quiet"] === true,
  };
}

function oneOf<T extends string>(option: string, value: unknown, allowed: readonly T[]): T | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw wrong(option, String(value), allowed.join(", "));
  return found;
}

function wrong(what: string, found: string | undefined, allowed: string): WatchdogError {
  const shown = found === undefined ? "nothing" : JSON.stringify(found.slice(0, 80));
  return new WatchdogError(
    "invalid_option",
    `watchdog session: ${what}: found ${shown}, allowed ${allowed}. See: watchdog session --help`,
  );
}
