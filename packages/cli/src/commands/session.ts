/** `watchdog session`: runs a whole agent, reads along, and reports when its session waits or dies. */
import { WatchdogError } from "@worker-watchdog/sdk";
import { exportStamp } from "@worker-watchdog/sdk/one-shot";
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { Command } from "../command.ts";
import { EVIDENCE_RETENTION, EvidenceStore, evidenceFolder } from "../evidence/evidence-store.ts";
import { redactOutput } from "../evidence/redact-output.ts";
import { EXEC_EXIT } from "../exec/exit-codes.ts";
import { tellUnusableJournal } from "../exec/unusable-journal.ts";
import { runSession } from "../session/run-session.ts";
import { SESSION_OPTIONS, type SessionOptions, sessionOptions } from "../session/session-options.ts";
import { journalFile, WORKER_OPTIONS, WORKER_OPTIONS_HELP, type WorkerName, workerName } from "../worker-settings.ts";
import { opened, policyOf } from "./exec.ts";

/** The end is put off for the export by so long, twice at most. */
const SEND_MILLIS = 1_000;

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
  async run(values, context, command) {
    let checked: { readonly options: SessionOptions; readonly name: WorkerName; readonly policy: Policy };
    try {
      checked = {
        options: sessionOptions(values, command),
        name: workerName(values, context),
        policy: policyOf(values, context),
      };
    } catch (error) {
      if (!WatchdogError.isInstance(error)) throw error;
      context.complain(redactOutput(error.message));
      return EXEC_EXIT.wrongUsage;
    }
    const { options, name, policy } = checked;
    const file = journalFile(values, context);
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
    const send = async (): Promise<boolean> => {
      await telemetry.flush();
      return telemetry.notSent() === undefined;
    };
    try {
      if (isUnusable) {
        await tellUnusableJournal(journal, name, policy);
        await send();
        throw journal;
      }
      return await runSession({
        options,
        name,
        policy,
        journal,
        evidence: new EvidenceStore(evidenceFolder(file), {
          retention: { ...EVIDENCE_RETENTION, maxAgeDays: policy.journal.retention_days },
        }),
        redact: redactOutput,
        environment: context.environment ?? process.env,
        directory: context.directory,
        complain: (line) => context.complain(redactOutput(line)),
        send,
      });
    } catch (error) {
      if (!WatchdogError.isInstance(error)) throw error;
      context.complain(redactOutput(error.message));
      return REFUSALS[error.code] ?? EXEC_EXIT.phaseRefused;
    } finally {
      await telemetry.shutdown();
      if (!isUnusable) journal.close();
    }
  },
};
