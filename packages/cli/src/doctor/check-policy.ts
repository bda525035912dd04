/** Is the policy valid? */

import { WatchdogError } from "@worker-watchdog/sdk";
import { defaultPolicy, type Policy } from "@worker-watchdog/sdk/policy";
import { readPolicy } from "../read-policy.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

/** The finding, and the policy that the other checks go by. */
export function checkPolicy(
  file: string | undefined,
  directory: string,
): { readonly findings: readonly Finding[]; readonly policy: Policy } {
  try {
    const { policy, source, warnings } = readPolicy(file, directory);
    const notes = warnings.map((warning) => warn("policy", warning, "Run `watchdog check` for all of it."));
    return { findings: [ok("policy", `${source} is valid`), ...notes], policy };
  } catch (error) {
    if (!WatchdogError.isInstance(error)) throw error;
    return { findings: [fail("policy", error.message, "Mend it and run `watchdog check`.")], policy: defaultPolicy };
  }
}
