/** The command line of the example. */
import { parseArgs } from "node:util";
import { SCENARIO_NAMES, type ScenarioName } from "./scenarios/scenario.ts";

/** What to do. */
export type Arguments =
  | { readonly mode: "help" }
  | { readonly mode: "live" }
  | { readonly mode: "scenarios"; readonly names: readonly ScenarioName[]; readonly jsonFile: string | undefined };

/** A command line that can not be followed. The message says what was found and what is allowed. */
export class ArgumentError extends Error {
  override readonly name = "ArgumentError";
}

export const HELP = `Runs a small fleet of real workers, watched by the real Collector, Prometheus and Alertmanager.

  npm start                              the fleet, live, until Ctrl-C
  npm start -- --scenario NAME           one scenario, to its end
  npm start -- --once                    every scenario, side by side, and a table

  --scenario NAME   one of: ${SCENARIO_NAMES.join(", ")}
  --once            exits 0 only if each page came, to the right owner, with every field, and no other page came
  --json FILE       writes the table as JSON too; with --once or --scenario
  --help            this text

Environment
  DATABASE_URL              a PostgreSQL to use instead of the embedded one; the fleet keeps to a schema of its own
  NO_COLOR                  no colours
  WATCHDOG_COLLECTOR, WATCHDOG_PROMETHEUS, WATCHDOG_ALERTMANAGER   programs to use instead of found or built ones
`;

/** Reads the arguments. @throws ArgumentError */
export function parseArguments(args: readonly string[]): Arguments {
  const { scenario, once, json, help } = parseOptions(args);
  if (help) return { mode: "help" };
  if (once && scenario !== undefined) {
    throw new ArgumentError("--once runs every scenario; leave out --once or --scenario.");
  }
  if (json !== undefined && !once && scenario === undefined) {
    throw new ArgumentError("--json FILE needs --once or --scenario NAME: the live fleet has no table.");
  }
  if (json === "") throw new ArgumentError("--json needs the name of a file.");
  if (once) return { mode: "scenarios", names: SCENARIO_NAMES, jsonFile: json };
  if (scenario === undefined) return { mode: "live" };
  const name = SCENARIO_NAMES.find((known) => known === scenario);
  if (name !== undefined) return { mode: "scenarios", names: [name], jsonFile: json };
  throw new ArgumentError(
    `There is no scenario ${JSON.stringify(scenario)}. Allowed: ${SCENARIO_NAMES.join(", ")}; --once runs them all.`,
  );
}

interface Options {
  readonly scenario?: string | undefined;
  readonly once?: boolean | undefined;
  readonly json?: string | undefined;
  readonly help?: boolean | undefined;
}

function parseOptions(args: readonly string[]): Options {
  try {
    return parseArgs({
      args: [...args],
      options: {
        scenario: { type: "string" },
        once: { type: "boolean" },
        json: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new ArgumentError(`${found} Run \`npm start -- --help\` for what is allowed.`);
  }
}
