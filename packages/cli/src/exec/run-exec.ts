/** `watchdog exec` from checked options to an exit code: one phase of a worker, and an export that holds nobody up. */
import {
  type Job,
  jobFromResult,
  type PhaseContext,
  WatchdogError,
  type WatchdogErrorCode,
} from "@worker-watchdog/sdk";
import { type OneShotWorker, openOneShotWorker } from "@worker-watchdog/sdk/one-shot";
import { forwardSignals } from "../child/forward-signals.ts";
import { type ChildEnd, type RunningChild, shellStatus } from "../child/start-child.ts";
import type { WorkerParts } from "../worker-process.ts";
import { childEnvironment } from "./child-environment.ts";
import { writeEvidence } from "./command-evidence.ts";
import type { ExecOptions } from "./exec-options.ts";
import { execPlan } from "./exec-plan.ts";
import { EXEC_EXIT, JUDGED_FAILED } from "./exit-codes.ts";
import { noteExport } from "./export-record.ts";
import { closeKilledRun } from "./killed-run.ts";
import { PhaseCommand } from "./phase-command.ts";
import { exitReason } from "./phase-result.ts";
import { type ExecVerdict, verdictOf } from "./phase-verdict.ts";
import { runPolicyCommand } from "./policy-command.ts";
import { type PhaseEnd, runPhase } from "./run-phase.ts";
import { alreadyRunning, RunningCommands } from "./running-command.ts";
import { inWords, recordedVerdict } from "./verdict.ts";

/** What `watchdog exec` works with. */
export interface ExecParts extends WorkerParts {
  readonly options: ExecOptions;
}

const REFUSALS: Partial<Readonly<Record<WatchdogErrorCode, number>>> = {
  artifact_unverified: EXEC_EXIT.artifactUnverified,
  run_cancelled: EXEC_EXIT.runCancelled,
  journal_unusable: EXEC_EXIT.journalUnusable,
  invalid_option: EXEC_EXIT.wrongUsage,
};

/** A command that is shorter has one export, at its end. */
const FIRST_EXPORT_MILLIS = 250;

/** Runs the phase and gives the exit code. */
export async function runExec(parts: ExecParts): Promise<number> {
  return await new ExecRun(parts).run();
}

class ExecRun {
  readonly #parts: ExecParts;
  readonly #worker: OneShotWorker;
  readonly #commands: RunningCommands;
  readonly #children = new Set<RunningChild>();
  #job: Job | undefined;
  #traceId = "";
  #stopSignal: NodeJS.Signals | undefined;

  constructor(parts: ExecParts) {
    const { name, policy, journal } = parts;
    this.#parts = parts;
    this.#worker = openOneShotWorker({ worker: name, policy, journal, helper: this.#helper() });
    this.#commands = new RunningCommands(journal, name);
  }

  async run(): Promise<number> {
    const { options, policy, environment } = this.#parts;
    const plan = execPlan(options, policy);
    const command = new PhaseCommand({
      command: plan.command,
      reading: plan.reading,
      namesJob: (result) => options.phase === "claim" && namesJob(result),
      timeoutMillis: plan.isServicePhase ? policy.thresholds.job_command_timeout_seconds * 1_000 : undefined,
      environment,
      variables: (overrides) => this.#variables(options.phase, this.#job, overrides?.artifactKinds),
      onStart: (child) => this.#started(child),
      onOutput: () => this.#job?.progressed(),
      onEnd: (end, errorCode) => this.#evidence(plan.command[0] ?? "", end, errorCode),
      stopSignal: () => this.#stopSignal,
    });
    const stopListening = forwardSignals({ onSignal: (signal, hasChildGotIt) => this.#forward(signal, hasChildGotIt) });
    try {
      const verdict = await this.#phase(command, plan.runsAlone);
      await command.ended();
      this.#ignoringJournal(() => this.#commands.ended(options.phase));
      const code = this.#exitCode(verdict, command.last, plan.isDecisive);
      if (!options.isQuiet || verdict.refusal !== undefined) this.#say(verdict);
      return code;
    } finally {
      const notSent = await this.#parts.send();
      if (notSent === undefined) this.#worker.delivered();
      this.#ignoringJournal(() => noteExport(this.#parts.journal, this.#parts.name, notSent, Date.now()));
      this.#worker.close();
      stopListening();
    }
  }

  async #phase(command: PhaseCommand, runsAlone: boolean): Promise<ExecVerdict> {
    const { options, journal, name } = this.#parts;
    let end: PhaseEnd = {};
    let error: unknown;
    try {
      end = await runPhase({
        worker: this.#worker,
        options,
        command,
        onFocus: ({ job, traceId }) => {
          this.#job = job;
          this.#traceId = traceId;
          this.#begin(runsAlone);
        },
      });
    } catch (thrown) {
      error = thrown;
    }
    const recorded = this.#ignoringJournal(() => recordedVerdict(journal, name, options.phase, this.#traceId));
    const verdict = verdictOf(end, error, recorded);
    const hasRun = command.hasRun || options.artifact !== undefined;
    if (hasRun || verdict.isOk) return verdict;
    const code = WatchdogError.isInstance(error) ? REFUSALS[error.code] : undefined;
    // A verdict that is on record is of an earlier run of the phase.
    const text = error === undefined ? verdict.text : "refused";
    return { ...verdict, text, refusal: code ?? EXEC_EXIT.phaseRefused };
  }

  /** @throws WatchdogError `second_primary_job` where another command of the phase runs. */
  #begin(runsAlone: boolean): void {
    const { options, complain, journal, name } = this.#parts;
    // A journal that fails is the library's to tell: it refuses the phase in a moment.
    const earlier = this.#ignoringJournal(() => this.#commands.begin(options.phase, runsAlone));
    if (earlier === undefined) return;
    if (earlier.kind !== "killed") {
      if (runsAlone) throw alreadyRunning(earlier);
      return;
    }
    this.#ignoringJournal(() => closeKilledRun(journal, name, options.phase, Date.now()));
    if (options.isQuiet) return;
    const ago = inWords(Date.now() / 1_000 - earlier.command.startedAt);
    complain(
      `watchdog: the ${options.phase} command that was started ${ago} ago was killed before its end was recorded: what it did, only its own records can say.`,
    );
  }

  #started(child: RunningChild): void {
    this.#children.add(child);
    void child.ended.then(() => this.#children.delete(child));
    const { pid } = child;
    if (pid !== undefined) this.#ignoringJournal(() => this.#commands.started(this.#parts.options.phase, pid));
    // Only now, and not for a command that has ended by then: nothing waits for it, least of all the command.
    const timer = setTimeout(() => void this.#parts.send(), FIRST_EXPORT_MILLIS);
    void child.ended.then(() => clearTimeout(timer));
  }

  #forward(signal: NodeJS.Signals, hasChildGotIt: boolean): void {
    // Asked twice, with nothing of ours left to wait for: whoever asks does not want to wait for the export either.
    if (this.#stopSignal !== undefined && this.#children.size === 0) process.exit(shellStatus(null, signal));
    this.#stopSignal ??= signal;
    if (!hasChildGotIt) for (const child of this.#children) child.kill(signal);
  }

  #exitCode(verdict: ExecVerdict, last: ChildEnd | undefined, isDecisive: boolean): number {
    if (verdict.refusal !== undefined && this.#stopSignal === undefined) return verdict.refusal;
    if (verdict.isDoneByState === true && this.#stopSignal === undefined) return 0;
    const status = last?.status ?? (this.#stopSignal === undefined ? 0 : shellStatus(null, this.#stopSignal));
    const mustShow = isDecisive || this.#parts.options.showsVerdictInExitCode;
    return status === 0 && !verdict.isOk && mustShow ? JUDGED_FAILED : status;
  }

  #say({ text, detail }: ExecVerdict): void {
    const { options, complain } = this.#parts;
    complain(`watchdog: ${options.phase} ${text}${detail === undefined ? "" : `: ${this.#parts.redact(detail)}`}`);
  }

  #variables(phase: string, job: Job | undefined, artifactKinds?: readonly string[]): Readonly<Record<string, string>> {
    const { name, options } = this.#parts;
    return childEnvironment({
      worker: name,
      phase,
      traceId: this.#traceId,
      job,
      stage: options.stage,
      reason: options.reason,
      artifactKinds,
      nowMillis: Date.now(),
    });
  }

  #evidence(program: string, end: ChildEnd, errorCode: string | null, phase: string = this.#parts.options.phase): void {
    const { journal, evidence, name, redact } = this.#parts;
    writeEvidence(
      { journal, store: evidence, worker: name, redact, now: Date.now },
      { phase, program, jobId: this.#job?.id, traceId: this.#traceId, errorCode },
      end,
    );
  }

  /** What the library may do by itself: the policy's own commands, and the next complete with the kinds that were asked for. */
  #helper(): Parameters<typeof openOneShotWorker>[0]["helper"] {
    const { policy, environment } = this.#parts;
    const of = (what: string, line: string | undefined, passes?: (object: unknown) => boolean) => {
      if (line === undefined) return undefined;
      return (call: PhaseContext, job: Job | undefined) =>
        runPolicyCommand(
          {
            line,
            environment: { ...environment, ...this.#variables(what, job) },
            onEnd: (end) => this.#evidence("sh", end, end.status === 0 ? null : exitReason(end), what),
            passes,
          },
          call,
        );
    };
    const { checks, job_service } = policy;
    const [touch, progress] = [of("touch", checks.touch.command), of("progress", checks.progress.command)];
    // `ok: false` is an answer as well: the queue does not know the job.
    const read = of("read", job_service.read.command, isOk);
    const backlog = of("backlog", job_service.backlog.command, isOk);
    return {
      touch: touch === undefined ? undefined : (call) => touch(call, this.#job),
      // The job is given: it may have been claimed a moment ago, by this very phase.
      renew: progress === undefined ? undefined : (job, call) => progress(call, job),
      readJob: read === undefined ? undefined : (job, call) => read(call, job),
      backlog: backlog === undefined ? undefined : (call) => backlog(call, undefined),
      addArtifactKind: () => {},
    };
  }

  #ignoringJournal<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      if (WatchdogError.isInstance(error) && error.code === "journal_unusable") return undefined;
      throw error;
    }
  }
}

function isOk(answer: unknown): boolean {
  return (answer as { readonly ok?: unknown } | null)?.ok !== false;
}

function namesJob(result: unknown): boolean {
  try {
    return jobFromResult(result) !== undefined;
  } catch {
    return false;
  }
}
