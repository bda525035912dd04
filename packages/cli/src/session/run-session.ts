/** `watchdog session` from checked options to an exit code: one run of an agent, read along, and reported when its session ends. */
import { type Job, type PhaseContext, WatchdogError } from "@worker-watchdog/sdk";
import { type OneShotWorker, openOneShotWorker } from "@worker-watchdog/sdk/one-shot";
import {
  createSessionReader,
  type SessionFinding,
  type SessionLog,
  type SessionReader,
  SessionWatch,
} from "@worker-watchdog/sdk/session";
import { forwardSignals } from "../child/forward-signals.ts";
import { type ChildEnd, type RunningChild, shellStatus, startChild } from "../child/start-child.ts";
import { writeEvidence } from "../exec/command-evidence.ts";
import { closeKilledRun } from "../exec/killed-run.ts";
import { exitReason, phaseResult, type ResultReading } from "../exec/phase-result.ts";
import { runPolicyCommand } from "../exec/policy-command.ts";
import { alreadyRunning, RunningCommands } from "../exec/running-command.ts";
import { sessionVariables } from "./agent-environment.ts";
import { HandoverSaver } from "./handover-saver.ts";
import { sessionLine } from "./session-line.ts";
import type { SessionParts } from "./session-parts.ts";

/** Why an agent is ended: its work is work for nobody. */
const ENDS_AGENT: ReadonlySet<string> = new Set(["lease_lost", "run_cancelled"]);
/** The phase that an agent's run is. */
const PHASE = "session";
const EXIT_CODE_ALONE: ResultReading = { needsJson: false, passes: () => true };
/** The phase whose command in the policy renews a lease. */
const RENEWAL = "progress";
/** How often the session is looked at while the agent says nothing. */
const LOOK_MILLIS = 5_000;
/** How old what a successor finds may be where this process is killed. */
const CHECKPOINT_MILLIS = 60_000;

/** Runs the agent and gives the exit code: its own, as a shell tells it. @throws WatchdogError where it may not run. */
export async function runSession(parts: SessionParts): Promise<number> {
  return await new SessionRun(parts).run();
}

class SessionRun {
  readonly #parts: SessionParts;
  readonly #worker: OneShotWorker;
  readonly #commands: RunningCommands;
  readonly #job: Job | undefined;
  readonly #log: SessionLog;
  readonly #reader: SessionReader;
  readonly #watch: SessionWatch;
  readonly #handovers: HandoverSaver | undefined;
  readonly #stop = new AbortController();
  #child: RunningChild | undefined;
  #stopSignal: NodeJS.Signals | undefined;
  #told: string | undefined;
  #finding: SessionFinding | undefined;
  #hasEnded = false;

  constructor(parts: SessionParts) {
    const { name, policy, journal, options, environment, directory } = parts;
    this.#parts = parts;
    this.#worker = openOneShotWorker({ worker: name, policy, journal, helper: this.#helper() });
    this.#commands = new RunningCommands(journal, name);
    try {
      this.#job = this.#worker.job(options.jobId);
    } catch (error) {
      this.#worker.close();
      throw error;
    }
    this.#log = this.#worker.session();
    const { agent, format } = options;
    this.#reader = createSessionReader({ agent, format, timeZone: environment["TZ"] });
    if (this.#job !== undefined) {
      const sessionId = (): string | undefined => this.#reader.sessionId;
      this.#handovers = new HandoverSaver({
        jobId: this.#job.id,
        journal,
        log: this.#log,
        directory,
        environment,
        sessionId,
      });
    }
    this.#watch = new SessionWatch({ reader: this.#reader, log: this.#log, settings: policy.session });
  }

  async run(): Promise<number> {
    const stopListening = forwardSignals({ onSignal: (signal, hasChildGotIt) => this.#forward(signal, hasChildGotIt) });
    const timer = setInterval(() => this.#look(), LOOK_MILLIS);
    const checkpoints = setInterval(() => this.#handovers?.save("checkpoint"), CHECKPOINT_MILLIS);
    try {
      const end = await this.#agent();
      await this.#handovers?.saved;
      this.#say();
      return end.status;
    } finally {
      clearInterval(timer);
      clearInterval(checkpoints);
      if ((await this.#parts.send()) === undefined) this.#worker.delivered();
      this.#worker.close();
      stopListening();
    }
  }

  /** The agent's run: a phase of the job, where one is held. @throws what forbids it. */
  async #agent(): Promise<ChildEnd> {
    this.#begin();
    if (this.#job === undefined) return await this.#run(this.#start(undefined));
    let running: Promise<ChildEnd> | undefined;
    try {
      await this.#job.phase(PHASE, async (call) => {
        // The job was lost before: an agent that goes on with it does work that another worker may be doing.
        call.signal.throwIfAborted();
        running = this.#run(this.#start(call));
        const end = await running;
        // What a session ended with has an incident of its own: the phase did what it could.
        if (this.#finding === undefined && this.#log.standing === undefined) phaseResult(end, EXIT_CODE_ALONE);
      });
    } catch (error) {
      if (running === undefined) {
        this.#quietly(() => this.#commands.ended(PHASE));
        throw error;
      }
    }
    // A phase that was given up is not waited for, an agent is.
    if (running === undefined)
      throw new WatchdogError("lease_lost", "watchdog session: the agent was not begun: the job was lost.");
    return await running;
  }

  /** Waits for the agent's end, and writes down what it did while the phase's span is active. */
  async #run(child: RunningChild): Promise<ChildEnd> {
    const end = await child.ended;
    this.#ended(end);
    this.#evidence(PHASE, this.#parts.options.command[0] ?? "", end, this.#job);
    return end;
  }

  #evidence(phase: string, program: string, end: ChildEnd, job: Job | undefined): void {
    const { name, journal, evidence, redact } = this.#parts;
    writeEvidence(
      { journal, store: evidence, worker: name, redact, now: Date.now },
      {
        phase,
        program,
        jobId: job?.id,
        traceId: job?.traceId ?? "",
        errorCode: end.status === 0 ? null : exitReason(end),
      },
      end,
    );
  }

  #start(call: PhaseContext | undefined): RunningChild {
    const { options, environment, directory } = this.#parts;
    call?.signal.addEventListener("abort", () => this.#aborted(call.signal.reason), { once: true });
    const child = startChild({
      command: options.command,
      environment: { ...environment, ...sessionVariables(this.#parts, PHASE, this.#job), ...call?.env },
      directory,
      signal: this.#stop.signal,
      onOutput: (chunk, stream) => this.#output(chunk, stream),
    });
    this.#child = child;
    const { pid } = child;
    if (pid !== undefined) this.#quietly(() => this.#commands.started(PHASE, pid));
    void this.#parts.send();
    this.#handovers?.save("checkpoint");
    return child;
  }

  /** @throws WatchdogError `second_primary_job` where another agent works on the job. */
  #begin(): void {
    const { journal, name } = this.#parts;
    const earlier = this.#quietly(() => this.#commands.begin(PHASE, this.#job !== undefined));
    if (earlier?.kind === "killed") this.#quietly(() => closeKilledRun(journal, name, PHASE, Date.now()));
    else if (earlier !== undefined && this.#job !== undefined) throw alreadyRunning(earlier);
  }

  #output(chunk: Uint8Array, stream: "stdout" | "stderr"): void {
    this.#reader.push(chunk, stream);
    this.#look();
    // An agent that only tries the same request again does not move its job.
    if (this.#reader.open === undefined) this.#job?.progressed();
  }

  #look(): void {
    this.#watch.look();
    this.#tell();
  }

  /** A wait or a death is sent, and what a successor needs is saved, at once: nobody knows how long the agent goes on. */
  #tell(): void {
    const { standing } = this.#log;
    const told = standing === undefined ? undefined : `${standing.is} ${standing.kind}`;
    if (told === this.#told) return;
    this.#told = told;
    if (standing !== undefined) this.#handovers?.save(standing.is === "dead" ? "session_dead" : "session_limited");
    void this.#parts.send();
  }

  #ended(end: ChildEnd): void {
    this.#hasEnded = true;
    this.#finding = this.#watch.end({ exitCode: end.exitCode });
    this.#tell();
    const { standing } = this.#log;
    if (this.#stopSignal !== undefined) this.#handovers?.save("stopped");
    else if (standing !== undefined) this.#handovers?.save(standing.is === "dead" ? "session_dead" : "session_limited");
    else this.#handovers?.save(end.status === 0 ? "run_ended" : "run_failed");
    this.#quietly(() => this.#commands.ended(PHASE));
  }

  #forward(signal: NodeJS.Signals, hasChildGotIt: boolean): void {
    // Asked twice, with nothing of the agent's left to wait for.
    if (this.#stopSignal !== undefined && this.#hasEnded) process.exit(shellStatus(null, signal));
    if (this.#stopSignal === undefined) this.#handovers?.save("stopped");
    this.#stopSignal ??= signal;
    if (!hasChildGotIt) this.#child?.kill(signal);
  }

  #aborted(reason: unknown): void {
    // Not where its session is dead: it may wake up; nor where it has just ended the attempt by a command of its own.
    if (WatchdogError.isInstance(reason) && ENDS_AGENT.has(reason.code)) this.#stop.abort(reason);
  }

  #say(): void {
    if (this.#parts.options.isQuiet) return;
    const line = sessionLine(this.#finding, this.#log.standing, this.#job?.id);
    if (line !== undefined) this.#parts.complain(`watchdog: ${line}`);
  }

  /** Renews the lease by the policy's own command, as `watchdog exec` does. */
  #helper(): Parameters<typeof openOneShotWorker>[0]["helper"] {
    const { policy, environment } = this.#parts;
    const line = policy.checks[RENEWAL].command;
    if (line === undefined) return undefined;
    return {
      // The job that it is handed: a lease may be due while the job is still being looked up.
      renew: (job, call) =>
        runPolicyCommand(
          {
            line,
            environment: { ...environment, ...sessionVariables(this.#parts, RENEWAL, job) },
            onEnd: (end) => this.#evidence(RENEWAL, "sh", end, job),
          },
          call,
        ),
    };
  }

  #quietly<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      // The library stops the next phase for it (R7.3); the agent that runs is not.
      if (WatchdogError.isInstance(error) && error.code === "journal_unusable") return undefined;
      throw error;
    }
  }
}
