/** The options of `watchdog exec`, each checked before anything runs. */
import { type ArtifactClaim, WatchdogError } from "@worker-watchdog/sdk";
import { PHASES } from "@worker-watchdog/sdk/semconv";
import type { OptionValues } from "../command.ts";

/** Commands that end an attempt short of completion (R2.5). */
export const SETTLEMENTS = ["fail", "pause", "release"] as const;

/** What is to be run, as the options say. */
export interface ExecOptions {
  /** One of the nine phases, `fail`, `pause`, `release`, or a name of the worker's own. */
  readonly phase: string;
  /** The job that it is for; undefined: the one that the worker holds. */
  readonly jobId: string | undefined;
  /** Program and arguments; empty where none is given. */
  readonly command: readonly string[];
  /** Whether the command's JSON is its result. Undefined: where the policy has a pass expression for the phase. */
  readonly output: "json" | "none" | undefined;
  /** The stage of a progress report. */
  readonly stage: string | undefined;
  /** Why the attempt is ended. */
  readonly reason: string | undefined;
  /** The artifact, where the options name it. */
  readonly artifact: ArtifactClaim | undefined;
  readonly showsVerdictInExitCode: boolean;
  readonly isQuiet: boolean;
}

/** For `parseArgs`. */
export const EXEC_OPTIONS = {
  phase: { type: "string" },
  job: { type: "string" },
  stage: { type: "string" },
  reason: { type: "string" },
  url: { type: "string" },
  "files-url": { type: "string" },
  "file-count": { type: "string" },
  sha256: { type: "string" },
  output: { type: "string" },
  "verdict-exit": { type: "boolean" },
  quiet: { type: "boolean" },
} as const;

const PHASE_NAME = /^[a-z][a-z0-9_]{0,39}$/;
const BEFORE_A_JOB: readonly string[] = ["doctor", "touch", "claim"];
/** Options that one phase alone takes. */
const OF_PHASE: Readonly<Record<string, readonly string[]>> = {
  stage: ["progress"],
  reason: SETTLEMENTS,
  url: ["artifact"],
  "files-url": ["artifact"],
  "file-count": ["artifact"],
  sha256: ["artifact"],
};

/** @throws WatchdogError `invalid_option`, which names the option, what was found and what is allowed. */
export function execOptions(
  values: OptionValues,
  command: readonly string[] | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): ExecOptions {
  const phase = text(values, "phase");
  if (phase === undefined || !PHASE_NAME.test(phase)) {
    throw wrong("--phase", phase, `${[...PHASES, ...SETTLEMENTS].join(", ")}, or a snake_case word of your own`);
  }
  if (values["job"] !== undefined && BEFORE_A_JOB.includes(phase))
    throw wrong(`--job with --phase ${phase}`, text(values, "job"), "--job with the phases of a job");
  for (const [option, phases] of Object.entries(OF_PHASE)) {
    if (values[option] !== undefined && !phases.includes(phase))
      throw wrong(
        `--${option} with --phase ${phase}`,
        text(values, option),
        `--${option} with --phase ${phases.join(", ")}`,
      );
  }
  const stage = text(values, "stage");
  if (phase === "progress" && (stage === undefined || !PHASE_NAME.test(stage)))
    throw wrong("--stage", stage, "reading_context, building_artifact, or a snake_case word of your own");
  const reason = text(values, "reason");
  if ((SETTLEMENTS as readonly string[]).includes(phase) && (reason === undefined || reason.trim() === ""))
    throw wrong("--reason", reason, `why the job is ended by ${phase}, in a few words`);
  const output = text(values, "output");
  if (output !== undefined && output !== "json" && output !== "none") throw wrong("--output", output, "json or none");
  const artifact = phase === "artifact" ? artifactOf(values) : undefined;
  if (artifact !== undefined && command !== undefined)
    throw wrong("--url and a command", command[0], "one of both: the command prints the addresses as JSON");
  if (command?.length === 0) throw wrong("the command after --", undefined, "a program and its arguments");
  return {
    phase,
    jobId: text(values, "job"),
    command: command ?? [],
    output,
    stage,
    reason,
    artifact,
    showsVerdictInExitCode: values["verdict-exit"] === true || environment["WATCHDOG_VERDICT_EXIT"] === "1",
    isQuiet: values["quiet"] === true,
  };
}

function artifactOf(values: OptionValues): ArtifactClaim | undefined {
  const url = text(values, "url");
  const filesUrl = text(values, "files-url");
  const fileCount = text(values, "file-count");
  const sha256 = text(values, "sha256");
  if (url === undefined && filesUrl === undefined && fileCount === undefined && sha256 === undefined) return undefined;
  if (url === undefined) throw wrong("--url", url, "the artifact's http or https address");
  if (filesUrl === undefined) throw wrong("--files-url", filesUrl, "the http or https address of its file list");
  if (fileCount !== undefined && !/^[1-9]\d{0,8}$/.test(fileCount))
    throw wrong("--file-count", fileCount, "a whole number of at least 1");
  return { url, filesUrl, fileCount: fileCount === undefined ? undefined : Number(fileCount), sha256 };
}

function text(values: OptionValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}

function wrong(what: string, found: string | undefined, allowed: string): WatchdogError {
  const shown = found === undefined ? "nothing" : JSON.stringify(found.slice(0, 80));
  return new WatchdogError(
    "invalid_option",
    `watchdog exec: ${what}: found ${shown}, allowed ${allowed}. See: watchdog exec --help`,
  );
}
