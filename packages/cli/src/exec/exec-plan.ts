/** What is run for a phase and how its result is read: the options, and the policy where they say nothing. */
import { WatchdogError } from "@worker-watchdog/sdk";
import { compilePassExpression, type Policy } from "@worker-watchdog/sdk/policy";
import { type ExecOptions, SETTLEMENTS } from "./exec-options.ts";
import type { ResultReading } from "./phase-result.ts";

/** Commands of the job service: each has to answer within its bound (R6.6). */
const SERVICE_PHASES: readonly string[] = [
  "doctor",
  "touch",
  "claim",
  "context",
  "progress",
  "complete",
  ...SETTLEMENTS,
];
/** Phases that change who holds a job: two at once would do it twice. */
const ALONE: readonly string[] = ["claim", "complete", ...SETTLEMENTS];
/** Phases whose failure is never to look like success, also where their command ends with 0. */
const DECISIVE: readonly string[] = ["artifact", "complete", ...SETTLEMENTS];

/** What is run, and how it is read. */
export interface ExecPlan {
  /** Program and arguments; empty where the gate itself does all. */
  readonly command: readonly string[];
  readonly reading: ResultReading;
  readonly isServicePhase: boolean;
  readonly runsAlone: boolean;
  readonly isDecisive: boolean;
}

/** @throws WatchdogError `invalid_option` where there is no command, or `--output none` where the policy judges JSON. */
export function execPlan(options: ExecOptions, policy: Policy): ExecPlan {
  const { phase, output, artifact } = options;
  const check = Object.hasOwn(policy.checks, phase) ? policy.checks[phase as keyof Policy["checks"]] : undefined;
  const line = phase === "release" ? policy.job_service.release.command : check?.command;
  const command = options.command.length > 0 || line === undefined ? options.command : ["sh", "-c", line];
  if (command.length === 0 && artifact === undefined) {
    const more = phase === "artifact" ? ", or --url with --files-url" : "";
    const key = phase === "release" ? "job_service.release.command" : `checks.${phase}.command`;
    throw new WatchdogError(
      "invalid_option",
      `watchdog exec: found no command for the ${phase} phase, allowed \`-- COMMAND\` or ${key} in the policy${more}. See: watchdog exec --help`,
    );
  }
  const isSettlement = (SETTLEMENTS as readonly string[]).includes(phase);
  const pass = phase === "artifact" ? undefined : check?.pass;
  const isJudged = pass !== undefined || isSettlement || phase === "artifact";
  if (output === "none" && isJudged) {
    throw new WatchdogError(
      "invalid_option",
      `watchdog exec: --output with --phase ${phase}: found "none", allowed json: this phase is judged by the JSON that its command prints.`,
    );
  }
  return {
    command,
    reading: {
      needsJson: isJudged || output === "json",
      passes: pass === undefined ? passesWithout(isSettlement) : compilePassExpression(pass),
    },
    isServicePhase: SERVICE_PHASES.includes(phase),
    runsAlone: ALONE.includes(phase),
    isDecisive: DECISIVE.includes(phase),
  };
}

function passesWithout(isSettlement: boolean): (object: unknown) => boolean {
  return isSettlement ? compilePassExpression("ok == true") : () => true;
}
