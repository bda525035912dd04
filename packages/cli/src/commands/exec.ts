/** `watchdog exec`: runs any command as a phase of a worker. */
import { WatchdogError } from "@worker-watchdog/sdk";
import { exportStamp } from "@worker-watchdog/sdk/one-shot";
import { defaultPolicy, type Policy } from "@worker-watchdog/sdk/policy";
import type { FileJournal } from "@worker-watchdog/store";
import type { Command, CommandContext, OptionValues } from "../command.ts";
import { EVIDENCE_RETENTION, EvidenceStore, evidenceFolder } from "../evidence/evidence-store.ts";
import { redactOutput } from "../evidence/redact-output.ts";
import { EXEC_OPTIONS, type ExecOptions, execOptions } from "../exec/exec-options.ts";
import { EXEC_EXIT } from "../exec/exit-codes.ts";
import { runExec } from "../exec/run-exec.ts";
import { tellUnusableJournal } from "../exec/unusable-journal.ts";
import { readPolicy } from "../read-policy.ts";
import {
  journalFile,
  setting,
  WORKER_OPTIONS,
  WORKER_OPTIONS_HELP,
  type WorkerName,
  workerName,
} from "../worker-settings.ts";

/** The end is put off for the export by so long, twice at most: once for what there is, once for what its end left. */
const SEND_MILLIS = 1_000;

export const execCommand: Command = {
  help: `  --phase NAME   doctor, touch, claim, context, progress, build, upload, artifact, complete,
                 fail, pause, release, or a snake_case word of your own
  --job ID       refuse unless this is the job that the worker holds
  --stage NAME   with progress: reading_context, building_artifact, or your own
  --reason TEXT  with fail, pause and release: why
  --url U --files-url F [--file-count N] [--sha256 H]
                 with artifact, in place of a command: what the gate fetches and checks
  --output json|none
                 json: the command must print a JSON object; none: its exit code is its result.
                 Default: json where the policy judges the phase, else none
  --verdict-exit exit with 1 where the command ended with 0 and the phase did not pass (also WATCHDOG_VERDICT_EXIT=1);
                 artifact, complete, fail, pause and release always do
  --quiet        no verdict on stderr

${WORKER_OPTIONS_HELP}

The command's output and exit code pass through; signals are forwarded. Its JSON is judged by the policy; phases of the
job service have 30 s, and one retry where the policy allows it. Without \`-- COMMAND\`, checks.<phase>.command of the
policy is run. The command finds TRACEPARENT, WATCHDOG_JOB_ID, WATCHDOG_LEASE_EXPIRES_AT and more in its environment:
docs/concepts/shell-workers.md.

Exit code: the command's own; 128 + n where signal n ended it; 127 and 126 where it can not be run. Where it was not run:
  ${EXEC_EXIT.artifactUnverified}  complete without a passed artifact check in this attempt
  ${EXEC_EXIT.phaseRefused}  the phase may not run now: no job is held, its lease is over, or another job is held
  ${EXEC_EXIT.runCancelled}  the run was cancelled
  ${EXEC_EXIT.journalUnusable}  the journal can not be used
  ${EXEC_EXIT.wrongUsage}  wrong usage`,
  options: { ...EXEC_OPTIONS, ...WORKER_OPTIONS },
  takesCommand: true,
  usageExitCode: EXEC_EXIT.wrongUsage,
  async run(values, context, command) {
    const environment = context.environment ?? process.env;
    let checked: { readonly options: ExecOptions; readonly name: WorkerName; readonly policy: Policy };
    try {
      checked = {
        options: execOptions(values, command, environment),
        name: workerName(values, context),
        policy: policyOf(values, context),
      };
    } catch (error) {
      if (!WatchdogError.isInstance(error)) throw error;
      context.complain(redactOutput(error.message));
      return EXEC_EXIT.wrongUsage;
    }
    return await runChecked({
      ...checked,
      file: journalFile(values, context),
      environment,
      complain: context.complain,
    });
  },
};

interface Checked {
  readonly options: ExecOptions;
  readonly name: WorkerName;
  readonly policy: Policy;
  readonly file: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly complain: (line: string) => void;
}

async function runChecked(checked: Checked): Promise<number> {
  const { options, name, policy, file, complain } = checked;
  const [journal, { startCommandTelemetry }] = await Promise.all([
    opened(file, policy),
    import("@worker-watchdog/node/command"),
  ]);
  const isUnusable = WatchdogError.isInstance(journal);
  const telemetry = startCommandTelemetry({
    worker: { id: name.id, pool: name.pool },
    exitDeadlineMillis: SEND_MILLIS,
    ...(isUnusable ? {} : { stampMillis: exportStamp(journal, name) }),
    ...(options.isQuiet ? { onNotSent: () => {} } : {}),
  });
  const send = async (): Promise<string | undefined> => {
    await telemetry.flush();
    return telemetry.notSent()?.reason;
  };
  try {
    if (isUnusable) {
      await tellUnusableJournal(journal, name, policy);
      await send();
      complain(redactOutput(journal.message));
      return EXEC_EXIT.journalUnusable;
    }
    return await runExec({
      ...checked,
      journal,
      evidence: new EvidenceStore(evidenceFolder(file), {
        retention: { ...EVIDENCE_RETENTION, maxAgeDays: policy.journal.retention_days },
      }),
      redact: redactOutput,
      send,
    });
  } catch (error) {
    if (!WatchdogError.isInstance(error)) throw error;
    complain(redactOutput(error.message));
    return error.code === "journal_unusable" ? EXEC_EXIT.journalUnusable : EXEC_EXIT.wrongUsage;
  } finally {
    await telemetry.shutdown();
    if (!isUnusable) journal.close();
  }
}

/** The journal, or why there is none: a worker that can not write down what it does does nothing (R7.3). */
export async function opened(file: string, policy: Policy): Promise<FileJournal | WatchdogError> {
  const { journalRetention, openJournal } = await import("@worker-watchdog/store");
  try {
    return openJournal({ file, retention: journalRetention(policy) });
  } catch (error) {
    if (WatchdogError.isInstance(error)) return error;
    throw error;
  }
}

/** The policy that the options and the environment name; its warnings are told. */
export function policyOf(values: OptionValues, context: CommandContext): Policy {
  const { policy, warnings } = readPolicy(setting("policy", values, context), context.directory);
  for (const warning of warnings) context.complain(`warning: ${warning}`);
  return policy ?? defaultPolicy;
}
