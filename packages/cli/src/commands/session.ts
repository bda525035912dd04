/** `watchdog session`: runs a whole agent, reads along, and reports when its session waits or dies. */
import type { Command } from "../command.ts";
import { EXEC_EXIT } from "../exec/exit-codes.ts";
import { runSession } from "../session/run-session.ts";
import { SESSION_OPTIONS, sessionOptions } from "../session/session-options.ts";
import { runWorkerCommand } from "../worker-process.ts";
import { WORKER_OPTIONS, WORKER_OPTIONS_HELP } from "../worker-settings.ts";

const REFUSALS: Readonly<Record<string, number>> = {
  run_cancelled: EXEC_EXIT.runCancelled,
  journal_unusable: EXEC_EXIT.journalUnusable,
  invalid_option: EXEC_EXIT.wrongUsage,
};

export const sessionCommand: Command = {
  help: `  --job ID       refuse unless this is the job that the worker holds; without a job the session is reported alone
  --agent NAME   codex, claude or gemini; default: by the command's name
  --format F     what the agent prints: text, json (one event per line) or auto; default: by its arguments
  --quiet        no line on stderr about the session

${WORKER_OPTIONS_HELP}

Runs an agent, such as \`watchdog session -- codex exec --json "…"\`. Its output and exit code pass through; signals are forwarded.
Output is progress, and keeps the job's lease alive. A dead session (token_revoked, credit_limit, no_success, or a limit
whose wait is over) is reported once, blocks the job in the records, and saves what a successor needs: branch, commits,
what is not committed. The next session at the job finds that as JSON in WATCHDOG_PREDECESSOR. A limit is a wait first.
Use the agent's event stream where it has one: an answer that nobody sees can not be missed. See docs/concepts/sessions.md.

Exit code: the agent's own; 128 + n where signal n ended it; 127 and 126 where it can not be run. Where it was not run:
  ${EXEC_EXIT.phaseRefused}  the job may not be worked on now
  ${EXEC_EXIT.runCancelled}  the run was cancelled
  ${EXEC_EXIT.journalUnusable}  the journal can not be used
  ${EXEC_EXIT.wrongUsage}  wrong usage`,
  options: { ...SESSION_OPTIONS, ...WORKER_OPTIONS },
  takesCommand: true,
  usageExitCode: EXEC_EXIT.wrongUsage,
  run(values, context, command) {
    return runWorkerCommand({
      values,
      context,
      options: () => sessionOptions(values, command),
      run: (options, parts) => runSession({ ...parts, options, directory: context.directory }),
      exitCodeOf: ({ code }) => REFUSALS[code] ?? EXEC_EXIT.phaseRefused,
    });
  },
};
