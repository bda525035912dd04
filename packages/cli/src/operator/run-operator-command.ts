/** What the commands of a person share: wrong usage is exit code 2, and nothing that is printed holds a credential. */
import { WatchdogError } from "@worker-watchdog/sdk";
import type { Policy } from "@worker-watchdog/sdk/policy";
import { redact } from "@worker-watchdog/sdk/redact";
import type { CommandContext, OptionValues } from "../command.ts";
import { readPolicy } from "../read-policy.ts";
import { setting } from "../worker-settings.ts";

const WRONG_USAGE = 2;

/** Runs it. @throws WatchdogError of what failed, which is exit code 1. */
export async function runOperatorCommand(
  values: OptionValues,
  context: CommandContext,
  run: (policy: Policy, context: CommandContext) => Promise<number>,
): Promise<number> {
  const clean: CommandContext = {
    ...context,
    print: (text) => context.print(redact(text).text),
    complain: (text) => context.complain(redact(text).text),
  };
  try {
    const { policy, warnings } = readPolicy(setting("policy", values, context), context.directory);
    for (const warning of warnings) clean.complain(`warning: ${warning}`);
    return await run(policy, clean);
  } catch (error) {
    if (!WatchdogError.isInstance(error) || error.code !== "invalid_option") throw error;
    clean.complain(error.message);
    return WRONG_USAGE;
  }
}
