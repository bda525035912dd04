/** `watchdog status`: what the workers of this machine are at, by their journal. */
import { existsSync } from "node:fs";
import { type Journal, type JournalWorker, WatchdogError } from "@worker-watchdog/sdk";
import { knownWorkers, type WorkerStatus, workerStatus } from "@worker-watchdog/sdk/one-shot";
import type { Policy } from "@worker-watchdog/sdk/policy";
import { redact, redactTree } from "@worker-watchdog/sdk/redact";
import { type Handover, predecessorOf, type SessionStanding, sessionStanding } from "@worker-watchdog/sdk/session";
import type { Command, CommandContext, OptionValues } from "../command.ts";
import { type EarlierCommand, RunningCommands } from "../exec/running-command.ts";
import { inWords } from "../exec/verdict.ts";
import { readPolicy } from "../read-policy.ts";
import { standingLine } from "../session/session-line.ts";
import { statusLines } from "../status/status-table.ts";
import { journalFile, setting, workerName } from "../worker-settings.ts";

/** Exit code where there is nothing to tell. */
const NOTHING_FOUND = 1;

export const statusCommand: Command = {
  help: `  --worker ID    this worker alone; default: every worker that the journal knows
  --pool POOL    workers of this pool alone
  --job ID       the worker whose newest job this is
  --journal FILE the journal; default: WATCHDOG_JOURNAL, else worker-watchdog/journal.db in XDG_STATE_HOME or ~/.local/state
  --policy FILE  the policy; default: WATCHDOG_POLICY, else watchdog.yaml here, else the built-in defaults
  --held         prints the id of the job that the worker holds, and nothing else; exit code 1 where it holds none.
                 The worker: --worker and --pool, else WATCHDOG_WORKER_ID and WATCHDOG_WORKER_POOL
  --json         { workers: [{ worker, health, job, stuck, last_heartbeat_at, … }] }

Health: working, idle, stuck, failing (a phase before a job), cancelled (its run), absent, unknown.
Exit code 0 where a worker was found, whatever its health; 1 where none was.`,
  options: {
    worker: { type: "string" },
    pool: { type: "string" },
    job: { type: "string" },
    journal: { type: "string" },
    policy: { type: "string" },
    held: { type: "boolean" },
    json: { type: "boolean" },
  },
  async run(values, context) {
    const { policy } = readPolicy(setting("policy", values, context), context.directory);
    const file = journalFile(values, context);
    const held = values["held"] === true ? workerName(values, context) : undefined;
    if (!existsSync(file)) {
      if (held !== undefined) return NOTHING_FOUND;
      throw new WatchdogError(
        "journal_unusable",
        `watchdog status: found no journal at ${file}, allowed the file that the worker writes (--journal, WATCHDOG_JOURNAL). Run a phase first.`,
      );
    }
    const { openJournal } = await import("@worker-watchdog/store");
    const journal = openJournal({ file });
    try {
      if (held !== undefined) {
        const { job } = workerStatus(journal, held, policy);
        if (job?.isHeld !== true) return NOTHING_FOUND;
        context.print(job.id);
        return 0;
      }
      return show(found(journal, policy, values), journal, values, context);
    } finally {
      journal.close();
    }
  },
};

function found(journal: Journal, policy: Policy, values: OptionValues): readonly WorkerStatus[] {
  const { worker, pool, job } = values;
  return knownWorkers(journal)
    .filter((known) => (worker === undefined || known.id === worker) && (pool === undefined || known.pool === pool))
    .map((known) => workerStatus(journal, known, policy))
    .filter((status) => job === undefined || status.job?.id === job);
}

function show(
  statuses: readonly WorkerStatus[],
  journal: Journal,
  values: OptionValues,
  context: CommandContext,
): number {
  if (values["json"] === true) {
    const workers = statuses.map((status) => ({
      ...statusJson(status, commandsOf(journal, status.worker)),
      session: sessionJson(sessionStanding(journal, status.worker)),
      handover: handoverJson(handoverOf(journal, status)),
    }));
    context.print(JSON.stringify(redactTree({ workers }).value, null, 2));
  } else {
    const isColoured = process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined;
    for (const status of statuses) {
      const commands = commandsOf(journal, status.worker).map(commandLine);
      const lines = statusLines(
        status,
        { commands, session: sessionNote(journal, status.worker), handover: handoverLine(handoverOf(journal, status)) },
        Date.now(),
        isColoured,
      );
      // What a worker goes on from is kept as it is, also a job's id with a credential in it; what is shown of it is not.
      for (const line of lines) context.print(redact(line).text);
    }
    if (statuses.length === 0)
      context.complain("watchdog status: found no such worker in this journal. See: watchdog status --help");
  }
  return statuses.length === 0 ? NOTHING_FOUND : 0;
}

function commandsOf(journal: Journal, worker: JournalWorker): readonly EarlierCommand[] {
  return new RunningCommands(journal, worker).all();
}

function commandLine({ kind, command }: EarlierCommand): string {
  const since = `${inWords(Date.now() / 1_000 - command.startedAt)} ago`;
  if (kind === "running") return `${command.phase} runs, started ${since} (process ${command.exec.pid})`;
  if (kind === "orphaned")
    return `${command.phase} runs without its watchdog exec, started ${since} (process ${command.child?.pid})`;
  return `${command.phase} was killed, started ${since}`;
}

/** snake_case, as everywhere outside the code; what does not apply is null. */
function statusJson(status: WorkerStatus, commands: readonly EarlierCommand[]): object {
  const { worker, health, job, stuck, lastHeartbeat, lastSeenMillis, noJobStreak, run } = status;
  return {
    worker_pool: worker.pool,
    worker_id: worker.id,
    health,
    current_job:
      job === undefined || !job.isHeld
        ? null
        : {
            job_id: job.id,
            state: job.state,
            phase: job.phase,
            trace_id: job.traceId,
            claimed_at: job.claimedAt,
            progress_at: job.progressAt,
            deliverable_id: job.deliverableId ?? null,
            artifact_check_id: job.artifactCheckId ?? null,
            lease_expires_at: job.lease.expiresAt,
            lease_remaining_seconds: Math.round(job.lease.remainingSeconds),
            lease_risk: job.lease.risk,
          },
    last_job: job === undefined || job.isHeld ? null : { job_id: job.id, state: job.state, trace_id: job.traceId },
    stuck_reason: stuck?.reason ?? null,
    stuck_class: stuck?.class ?? null,
    next_action: stuck?.nextAction ?? null,
    last_heartbeat_at: seconds(lastHeartbeat?.atMillis),
    last_heartbeat_status: lastHeartbeat?.status ?? null,
    last_seen_at: seconds(lastSeenMillis),
    no_job_streak: noJobStreak,
    run:
      run === undefined
        ? null
        : {
            run_id: run.id,
            started_at: seconds(run.startedAtMillis),
            elapsed_seconds: run.elapsedSeconds ?? null,
            budget_seconds: run.budgetSeconds,
            cancelled: run.isCancelled,
          },
    commands: commands.map(({ kind, command }) => ({
      phase: command.phase,
      state: kind,
      started_at: command.startedAt,
      pid: kind === "orphaned" ? (command.child?.pid ?? null) : command.exec.pid,
    })),
  };
}

function sessionNote(journal: Journal, worker: JournalWorker): string | undefined {
  const standing = sessionStanding(journal, worker);
  return standing === undefined ? undefined : standingLine(standing);
}

/** How the agent's session stands; null while it is well. */
function sessionJson(standing: SessionStanding | undefined): unknown {
  if (standing === undefined) return null;
  const { is, kind, evidence, sinceMillis, untilMillis } = standing;
  return {
    state: is,
    class: kind,
    evidence,
    since: seconds(sinceMillis),
    limited_until: seconds(untilMillis ?? undefined),
  };
}

/** What an earlier attempt left for the job that is held now. */
function handoverOf(journal: Journal, { job }: WorkerStatus): Handover | undefined {
  return job?.isHeld === true ? predecessorOf(journal, job.id, { butOf: job.traceId }) : undefined;
}

function handoverLine(left: Handover | undefined): string | undefined {
  if (left === undefined) return undefined;
  const { workerPool, workerId, reason, phase, directory, git } = left;
  const branch = git.branch === undefined ? "" : `, branch ${git.branch}`;
  const open = git.uncommittedCount + git.untrackedCount;
  return `from ${workerPool}/${workerId} (${reason} in ${phase}): ${directory}${branch}, ${git.commitCount} commits, ${open} files not committed`;
}

function handoverJson(left: Handover | undefined): unknown {
  if (left === undefined) return null;
  const { git } = left;
  return {
    reason: left.reason,
    worker_pool: left.workerPool,
    worker_id: left.workerId,
    trace_id: left.attemptId,
    saved_at: left.savedAtMillis / 1_000,
    phase: left.phase,
    directory: left.directory,
    branch: git.branch ?? null,
    head: git.head ?? null,
    commits: git.commits,
    uncommitted_files: git.uncommittedFiles,
    untracked_files: git.untrackedFiles,
  };
}

function seconds(millis: number | undefined): number | null {
  return millis === undefined ? null : millis / 1_000;
}
