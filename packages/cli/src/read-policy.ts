/** Which policy a command works on: the file it is given, else `watchdog.yaml` here, else the defaults. */
import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { defaultPolicy, loadPolicyFileWithNotes, type PolicyWithNotes } from "@worker-watchdog/sdk/policy";

/** Name of the policy's file where none is given. */
export const DEFAULT_POLICY_FILE: string = "watchdog.yaml";

/** A policy, and where it came from. */
export interface ReadPolicy extends PolicyWithNotes {
  /** Name of the file, without its folder, or `the default policy`. */
  readonly source: string;
}

/**
 * Reads the policy that `file` names.
 *
 * @throws WatchdogError `invalid_policy` that lists every problem.
 */
export function readPolicy(file: string | undefined, directory: string): ReadPolicy {
  if (file === undefined && !existsSync(resolve(directory, DEFAULT_POLICY_FILE))) {
    return { policy: defaultPolicy, warnings: [], defaulted: [], source: "the default policy" };
  }
  const path = file ?? DEFAULT_POLICY_FILE;
  return { ...loadPolicyFileWithNotes(resolve(directory, path)), source: basename(path) };
}
