/** Which worker a command is about, and where its journal is: options, then environment, then defaults. */
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { WatchdogError } from "@worker-watchdog/sdk";
import type { CommandContext, OptionValues } from "./command.ts";

/** Environment variables that stand in for options. */
export const WORKER_VARIABLES = {
  worker: "WATCHDOG_WORKER_ID",
  pool: "WATCHDOG_WORKER_POOL",
  role: "WATCHDOG_WORKER_ROLE",
  journal: "WATCHDOG_JOURNAL",
  policy: "WATCHDOG_POLICY",
} as const;

/** The options that {@link workerSettings} reads. */
export const WORKER_OPTIONS = {
  worker: { type: "string" },
  pool: { type: "string" },
  role: { type: "string" },
  journal: { type: "string" },
  policy: { type: "string" },
} as const;

/** The options' help. */
export const WORKER_OPTIONS_HELP: string = `  --worker ID    the worker, stable across restarts; default: WATCHDOG_WORKER_ID
  --pool POOL    its pool; default: WATCHDOG_WORKER_POOL
  --role ROLE    its role; default: WATCHDOG_WORKER_ROLE, else worker
  --journal FILE its journal, on a local disk; default: WATCHDOG_JOURNAL, else
                 worker-watchdog/journal.db in XDG_STATE_HOME or ~/.local/state
  --policy FILE  the policy; default: WATCHDOG_POLICY, else watchdog.yaml here, else the built-in defaults`;

/** Who the worker is. */
export interface WorkerName {
  readonly id: string;
  readonly pool: string;
  readonly role: string;
}

/** The value of an option or of the variable that stands in for it; an empty variable is none. */
export function setting(
  name: keyof typeof WORKER_VARIABLES,
  values: OptionValues,
  context: Pick<CommandContext, "environment">,
): string | undefined {
  const value = values[name];
  if (typeof value === "string") return value;
  const variable = (context.environment ?? process.env)[WORKER_VARIABLES[name]];
  return variable === "" ? undefined : variable;
}

/** @throws WatchdogError `invalid_option` where id or pool is missing. */
export function workerName(values: OptionValues, context: Pick<CommandContext, "environment">): WorkerName {
  return {
    id: required("worker", values, context),
    pool: required("pool", values, context),
    role: setting("role", values, context) ?? "worker",
  };
}

/** Path of the journal's file. */
export function journalFile(values: OptionValues, context: Pick<CommandContext, "environment" | "directory">): string {
  const given = setting("journal", values, context);
  if (given !== undefined) return resolve(context.directory, given);
  const state = (context.environment ?? process.env)["XDG_STATE_HOME"] ?? "";
  // A relative one is to be ignored, as the XDG specification says.
  const folder = isAbsolute(state) ? state : join(homedir(), ".local", "state");
  return join(folder, "worker-watchdog", "journal.db");
}

function required(name: "worker" | "pool", values: OptionValues, context: Pick<CommandContext, "environment">): string {
  const value = setting(name, values, context);
  if (value !== undefined && value !== "") return value;
  throw new WatchdogError(
    "invalid_option",
    `watchdog: found no worker ${name === "worker" ? "id" : "pool"}, allowed --${name} or ${WORKER_VARIABLES[name]}. Set one: it tells one worker from another, ` +
      "and must be the same after a restart.",
  );
}
