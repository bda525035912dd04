/** `watchdog exec`: runs any command as a phase of a worker. */
import type { Command } from "../command.ts";
import { EXEC_OPTIONS, execOptions } from "../exec/exec-options.ts";
import { EXEC_EXIT } from "../exec/exit-codes.ts";
import { runExec } from "../exec/run-exec.ts";
import { runWorkerCommand } from "../worker-process.ts";
import { WORKER_OPTIONS, WORKER_OPTIONS_HELP } from "../worker-settings.ts";

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
  run(values, context, command) {
    return runWorkerCommand({
      values,
      context,
      options: () => execOptions(values, command, context.environment ?? process.env),
      run: (options, parts) => runExec({ ...parts, options }),
      exitCodeOf: ({ code }) => (code === "journal_unusable" ? EXEC_EXIT.journalUnusable : EXEC_EXIT.wrongUsage),
    });
  },
};
