/** The commands of `watchdog`. */
import type { Command } from "./command.ts";
import { checkCommand } from "./commands/check.ts";
import { generateCommand } from "./commands/generate.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [generateCommand, checkCommand];
