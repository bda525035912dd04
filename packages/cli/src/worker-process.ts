/** What the commands that run something of a worker's share: its journal, its evidence, its telemetry, and their end. */
import { type Journal, WatchdogError } from "@worker-watchdog/sdk";
import { exportStamp } from "@worker-watchdog/sdk/one-shot";
import { defaultPolicy, type Policy } from "@worker-watchdog/sdk/policy";
import type { FileJournal } from "@worker-watchdog/store";
import type { CommandContext, OptionValues } from "./command.ts";
import { EVIDENCE_RETENTION, EvidenceStore, evidenceFolder } from "./evidence/evidence-store.ts";
import { redactOutput } from "./evidence/redact-output.ts";
import { EXEC_EXIT } from "./exec/exit-codes.ts";
import { tellUnusableJournal } from "./exec/unusable-journal.ts";
import { readPolicy } from "./read-policy.ts";
import { journalFile, setting, type WorkerName, workerName } from "./worker-settings.ts";

/** The end is put off for the export by so long, twice at most. */
const SEND_MILLIS = 1_000;

/** What a command of a worker works with. */
export interface WorkerParts {
  readonly name: WorkerName;
  readonly policy: Policy;
  readonly journal: Journal;
  readonly evidence: EvidenceStore;
  readonly redact: (text: string) => string;
  readonly environment: NodeJS.ProcessEnv;
  /** Writes one line to stderr, without credentials. */
  readonly complain: (line: string) => void;
  /** Sends what there is, for a bounded time. Why the receiver does not have all of it; undefined where it has. */
  readonly send: () => Promise<string | undefined>;
}

/** One command. */
export interface WorkerCommand<O extends { readonly isQuiet: boolean }> {
  readonly values: OptionValues;
  readonly context: CommandContext;
  /** Checks the command's own options. @throws WatchdogError, which is wrong usage. */
  readonly options: () => O;
  /** Runs it; resolves to the exit code. */
  readonly run: (options: O, parts: WorkerParts) => Promise<number>;
  /** The exit code of an error that {@link WorkerCommand.run} threw. */
  readonly exitCodeOf: (error: WatchdogError) => number;
}

/** Runs a command of a worker. An error of ours is told on stderr, and is an exit code. */
export async function runWorkerCommand<O extends { readonly isQuiet: boolean }>(
  command: WorkerCommand<O>,
): Promise<number> {
  const { values, context } = command;
  const complain = (line: string): void => context.complain(redactOutput(line));
  let checked: { readonly options: O; readonly name: WorkerName; readonly policy: Policy };
  try {
    checked = { options: command.options(), name: workerName(values, context), policy: policyOf(values, context) };
  } catch (error) {
    if (!WatchdogError.isInstance(error)) throw error;
    complain(error.message);
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
  const send = async (): Promise<string | undefined> => {
    await telemetry.flush();
    return telemetry.notSent()?.reason;
  };
  try {
    if (isUnusable) {
      await tellUnusableJournal(journal, name, policy);
      await send();
      throw journal;
    }
    return await command.run(options, {
      name,
      policy,
      journal,
      evidence: new EvidenceStore(evidenceFolder(file), {
        retention: { ...EVIDENCE_RETENTION, maxAgeDays: policy.journal.retention_days },
      }),
      redact: redactOutput,
      environment: context.environment ?? process.env,
      complain,
      send,
    });
  } catch (error) {
    if (!WatchdogError.isInstance(error)) throw error;
    complain(error.message);
    return command.exitCodeOf(error);
  } finally {
    await telemetry.shutdown();
    if (!isUnusable) journal.close();
  }
}

/** The journal, or why there is none: a worker that can not write down what it does does nothing (R7.3). */
async function opened(file: string, policy: Policy): Promise<FileJournal | WatchdogError> {
  const { journalRetention, openJournal } = await import("@worker-watchdog/store");
  try {
    return openJournal({ file, retention: journalRetention(policy) });
  } catch (error) {
    if (WatchdogError.isInstance(error)) return error;
    throw error;
  }
}

/** The policy that the options and the environment name; its warnings are told. */
function policyOf(values: OptionValues, context: CommandContext): Policy {
  const { policy, warnings } = readPolicy(setting("policy", values, context), context.directory);
  for (const warning of warnings) context.complain(`warning: ${warning}`);
  return policy ?? defaultPolicy;
}
