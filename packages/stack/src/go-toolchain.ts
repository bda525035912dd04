/** Finds a Go that can build the servers. */
import { runProgram } from "./run-program.ts";
import { StackError } from "./stack-error.ts";
import { findVersion, isAtLeast } from "./version.ts";

/** The Go that will be used. */
export interface GoToolchain {
  readonly command: string;
  /** Such as `1.26.8`. */
  readonly version: string;
}

/** What the servers' modules ask for. */
export const MINIMUM_GO_VERSION = "1.26.0";
/** From here on Go fetches a newer one by itself, unless GOTOOLCHAIN forbids it. */
const FIRST_SELF_UPDATING_GO = "1.21.0";
const LOCAL_TIMEOUT_MILLIS = 20_000;
const FETCH_TIMEOUT_MILLIS = 300_000;

/**
 * Finds Go on PATH, or the one that `WATCHDOG_GO` names.
 *
 * @param moduleDirectory A folder with a `go.mod` that asks for the version; an older Go switches there.
 * @returns `undefined` when there is no Go at all.
 * @throws {StackError} `go_too_old`.
 */
export async function findGo(
  moduleDirectory: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<GoToolchain | undefined> {
  const command = env["WATCHDOG_GO"] || "go";
  const local = await runProgram(command, ["version"], {
    env: { GOTOOLCHAIN: "local", GOFLAGS: "" },
    timeoutMillis: LOCAL_TIMEOUT_MILLIS,
  });
  if (local.exitCode !== 0) return undefined;
  const version = goVersion(local.output);
  if (version !== undefined && isAtLeast(version, MINIMUM_GO_VERSION)) return { command, version };

  let why = "";
  if (version !== undefined && isAtLeast(version, FIRST_SELF_UPDATING_GO)) {
    const switched = await runProgram(command, ["version"], {
      cwd: moduleDirectory,
      env: { GOFLAGS: "", GOWORK: "off" },
      timeoutMillis: FETCH_TIMEOUT_MILLIS,
    });
    const newer = goVersion(switched.output);
    if (switched.exitCode === 0 && newer !== undefined && isAtLeast(newer, MINIMUM_GO_VERSION))
      return { command, version: newer };
    why = ` It could not fetch a newer one by itself: ${switched.output.trim().split("\n").at(-1) ?? "no output"}.`;
  }
  throw new StackError(
    "go_too_old",
    `Go is ${version ?? "of an unknown version"}; building the servers needs ${MINIMUM_GO_VERSION} or later.${why} ` +
      "Install a newer Go (https://go.dev/dl), or name the servers' programs yourself.",
  );
}

function goVersion(output: string): string | undefined {
  // A first release of a minor version prints as go1.26.
  const short = /go(\d+\.\d+)(?:\s|rc|beta)/.exec(output)?.[1];
  return findVersion(output) ?? (short === undefined ? undefined : `${short}.0`);
}
