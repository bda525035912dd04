/** Who acts, and why: both are on record for whatever a person changes about pages. */
import { hostname, userInfo } from "node:os";
import { WatchdogError } from "@worker-watchdog/sdk";
import { redact } from "@worker-watchdog/sdk/redact";
import type { CommandContext, OptionValues } from "../command.ts";

/** Longest name and reason, in characters. */
const MAX_NAME_LENGTH = 128;
const MAX_REASON_LENGTH = 500;

/** A person at a command line. */
export interface Operator {
  readonly name: string;
  readonly reason: string;
}

/** For `parseArgs`: what every command of a person takes. */
export const OPERATOR_OPTIONS = {
  by: { type: "string" },
  reason: { type: "string" },
  journal: { type: "string" },
  policy: { type: "string" },
} as const;

/** The options' help. */
export const OPERATOR_OPTIONS_HELP: string = `  --by NAME      who decides; default: user@host
  --journal FILE where it is recorded; default: WATCHDOG_JOURNAL, else worker-watchdog/journal.db in XDG_STATE_HOME or
                 ~/.local/state. Where it can not be recorded it is not done
  --policy FILE  the policy; default: WATCHDOG_POLICY, else watchdog.yaml here, else the built-in defaults`;

/**
 * Who and why, without credentials.
 *
 * @param what The command and its task, such as `watchdog settle` and `the pages are closed`.
 * @throws WatchdogError `invalid_option`.
 */
export function operator(
  values: OptionValues,
  context: Pick<CommandContext, "environment">,
  what: { readonly command: string; readonly reason: string | undefined },
): Operator {
  const { by, reason = what.reason } = values;
  return {
    name: line(what.command, "by", typeof by === "string" ? by : defaultName(context), MAX_NAME_LENGTH),
    reason: line(what.command, "reason", typeof reason === "string" ? reason : "", MAX_REASON_LENGTH),
  };
}

function defaultName({ environment = process.env }: Pick<CommandContext, "environment">): string {
  return `${environment["USER"] || environment["LOGNAME"] || systemName()}@${hostname()}`;
}

function systemName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container whose user has no entry.
    return `uid-${process.getuid?.() ?? "unknown"}`;
  }
}

function line(command: string, option: string, value: string, maxLength: number): string {
  const text = value.replaceAll(/\s+/g, " ").trim();
  if (text !== "" && text.length <= maxLength) return redact(text).text;
  const found = text === "" ? "nothing" : `${text.length} characters`;
  throw new WatchdogError(
    "invalid_option",
    `watchdog ${command}: --${option}: found ${found}, allowed 1 to ${maxLength} characters: it is kept on record. See: watchdog ${command} --help`,
  );
}
