/** A worker that is driven step by step through faults, crashes and restarts, and a notebook of what it did to the outside world. */
import type { Heartbeat, Job, Journal, Row } from "../../src/index.ts";
import { WatchdogError } from "../../src/index.ts";
import { type OneShotWorker, oneShotWorkerOf } from "../../src/one-shot/one-shot-worker.ts";
import { createPolicy } from "../../src/policy/index.ts";
import {
  type JobFault,
  type ManualClock,
  type MemoryJobService,
  manualClock,
  memoryJobService,
} from "../../src/testing/index.ts";
import { checkOptions } from "../../src/worker/watchdog-options.ts";
import { WorkerContext } from "../../src/worker/worker-context.ts";
import { durableJournal } from "../durable-journal.ts";
import { type SimulatedGate, simulatedGate } from "./simulated-gate.ts";
import { Killed, ProcessLife } from "./simulated-process.ts";

/** How the outside world answers a step. */
export type StepFault =
  | "none"
  | "rejects"
  | "transport"
  | "http_500"
  | "loses_answer"
  | "not_found"
  | "hangs"
  | "garbage"
  | "hostile"
  | "throws_nothing";

/** What a worker does in one process. */
export interface Step {
  readonly act:
    | "doctor"
    | "touch"
    | "claim"
    | "context"
    | "progress"
    | "build"
    | "artifact"
    | "complete"
    | "complete_forged"
    | "release"
    | "fail";
  readonly fault: StepFault;
  readonly isArtifactThere: boolean;
  /** Journal operation right after which the process is killed; with a half on top, just before the next one. 0 is never. */
  readonly diesAt: number;
  /** The same for calls to the job service. */
  readonly diesAtCall: number;
  /** Seconds that pass before it. */
  readonly after: number;
  /** The run's budget, as this process's environment has it. */
  readonly budget: string;
}

/** What happened to the outside world. */
export interface Notebook {
  /** Attempts whose complete the queue carried out. */
  readonly completed: { readonly traceId: string; readonly hadPassed: boolean }[];
  /** Completes that the library told as done, and what the queue says. */
  readonly toldDone: (string | undefined)[];
  /** Jobs that a heartbeat was given, by its trace. */
  readonly jobsOfHeartbeat: Map<string, Set<string>>;
  /** How often the function of a step was run. */
  readonly runsOfStep: number[];
  /** Steps whose function ran although the run had been cancelled before the step. */
  ranAfterCancel: number;
  /** Claims that a living process heard the end of. */
  claims: number;
  crashes: number;
  /** What came out of the library that is neither its error nor the step's own. */
  readonly strangers: unknown[];
}

const THROWN = { none: undefined };
const worker = { id: "w1", pool: "p", role: "worker" };
const policy = createPolicy({});

/** The world of one run. */
export class SimulatedWorld {
  readonly clock: ManualClock = manualClock();
  readonly service: MemoryJobService = memoryJobService({ clock: this.clock });
  readonly journal: Journal = durableJournal();
  readonly gate: SimulatedGate = simulatedGate(() => this.clock.now());
  readonly notes: Notebook = {
    completed: [],
    toldDone: [],
    jobsOfHeartbeat: new Map(),
    runsOfStep: [],
    ranAfterCancel: 0,
    claims: 0,
    crashes: 0,
    strangers: [],
  };

  constructor(jobs: number) {
    for (let index = 0; index < jobs; index += 1) this.service.add({ id: `J${index}`, deliverableId: "D" });
  }

  /** The worker as a process that does nothing but look. */
  look<R>(act: (one: OneShotWorker) => R): R {
    const one = this.#open(new ProcessLife(), "0");
    try {
      return act(one);
    } finally {
      one.close();
    }
  }

  rows(): readonly Row[] {
    return this.look((one) => one.rows.rows(this.clock.now()));
  }

  get isCancelled(): boolean {
    return this.journal.recordOnce("run/r/cancel") !== undefined;
  }

  /** Runs one step in a process of its own. */
  async step(step: Step): Promise<void> {
    await this.clock.advance(step.after * 1_000);
    const life = new ProcessLife({ operation: step.diesAt, call: step.diesAtCall });
    const wasCancelled = this.isCancelled;
    let runs = 0;
    const counted = <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) =>
      life.reaches(async (...args: A) => {
        runs += 1;
        return call(...args);
      });
    let one: OneShotWorker | undefined;
    try {
      one = this.#open(life, step.budget);
      const settled = await this.#drive(this.#act(one, step, life, counted), life);
      if (settled !== undefined && "error" in settled) this.#judge(settled.error);
    } catch (error) {
      this.#judge(error);
    }
    if (life.isDead) this.notes.crashes += 1;
    else one?.close();
    life.kill();
    this.notes.runsOfStep.push(runs);
    if (wasCancelled && runs > 0 && step.act !== "release" && step.act !== "fail") this.notes.ranAfterCancel += 1;
  }

  #open(life: ProcessLife, budget: string): OneShotWorker {
    const options = checkOptions({
      worker,
      policy,
      journal: life.journal(this.journal),
      clock: life.clock(this.clock),
      run: { id: "r" },
      environment: { WATCHDOG_RUN_WALL_CLOCK_SECONDS: budget },
      helper: { touch: life.reaches(() => this.service.client("w1").touch()) },
    });
    return oneShotWorkerOf(new WorkerContext(options, this.gate));
  }

  async #act(
    one: OneShotWorker,
    step: Step,
    life: ProcessLife,
    counted: <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) => (...args: A) => Promise<R>,
  ): Promise<unknown> {
    const client = this.service.client("w1");
    const { act } = step;
    if (act === "doctor" || act === "touch" || act === "claim") {
      this.#fault(act, step.fault);
      const beat = one.heartbeat(act);
      if (act !== "claim") return beat[act](counted(() => client[act]()));
      return this.#claim(beat, counted(this.#claiming(beat.traceId)), life);
    }
    const job = one.job();
    if (job === undefined) return undefined;
    if (act === "context" || act === "progress" || act === "complete" || act === "release" || act === "fail")
      this.#fault(act, step.fault);
    switch (act) {
      case "context":
        return job.context(counted(() => client.context(job.id)));
      case "progress":
        return job.progress(
          "building",
          counted(() => client.progress(job.id)),
        );
      case "build":
        return job.phase(
          "build",
          counted(async () => {
            if (step.fault === "throws_nothing") throw THROWN.none;
          }),
        );
      case "artifact": {
        const there = step.isArtifactThere ? "there" : "missing";
        return job.artifact(async () => ({ url: `https://a.example/${there}`, filesUrl: "https://a.example/files" }));
      }
      case "complete":
        return this.#complete(job, counted);
      case "complete_forged": {
        const forged = { ...job.verifiedArtifact, jobId: job.id, attemptId: job.traceId };
        return job.complete(forged as never, counted(this.#completing(job)));
      }
      case "release":
        return job.release(
          "stopping",
          counted(() => client.release(job.id)),
        );
      case "fail":
        return job.fail(
          "can not be done",
          counted(() => client.fail(job.id)),
        );
    }
  }

  /** The queue's claim, and a note of the job that it gave, whether or not the worker lives to hear of it. */
  #claiming(traceId: string): () => Promise<unknown> {
    return async () => {
      const result = await this.service.client("w1").claim();
      const job = (result as { readonly job?: { readonly id: string } | null } | undefined)?.job;
      if (job !== undefined && job !== null)
        this.notes.jobsOfHeartbeat.set(traceId, (this.notes.jobsOfHeartbeat.get(traceId) ?? new Set()).add(job.id));
      return result;
    };
  }

  async #claim(beat: Heartbeat, claim: () => Promise<unknown>, life: ProcessLife): Promise<void> {
    try {
      await beat.claim(claim);
      if (!life.isDead) this.notes.claims += 1;
    } catch (error) {
      const isRefused = WatchdogError.isInstance(error) && ["second_primary_job", "run_cancelled"].includes(error.code);
      if (!isRefused && !(error instanceof Killed)) this.notes.claims += 1;
      throw error;
    }
  }

  async #complete(
    job: Job,
    counted: <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) => (...args: A) => Promise<R>,
  ): Promise<void> {
    const artifact = job.verifiedArtifact;
    if (artifact === undefined) return;
    await job.complete(artifact, counted(this.#completing(job)));
    this.notes.toldDone.push(this.service.state(job.id));
  }

  /** The queue's complete, and a note of what it did. */
  #completing(job: Job): () => Promise<unknown> {
    return async () => {
      const before = this.service.state(job.id);
      try {
        return await this.service.client("w1").complete(job.id);
      } finally {
        if (before !== "completed" && this.service.state(job.id) === "completed")
          this.notes.completed.push({ traceId: job.traceId, hadPassed: this.gate.passed.has(job.traceId) });
      }
    };
  }

  #fault(
    command: "doctor" | "touch" | "claim" | "context" | "progress" | "complete" | "release" | "fail",
    fault: StepFault,
  ): void {
    const faults: Partial<Record<StepFault, JobFault>> = {
      rejects: { result: { ok: false, status: "rejected", error: "other" } },
      transport: { throws: new TypeError("fetch failed") },
      http_500: { throws: Object.assign(new Error("500"), { status: 500 }) },
      loses_answer: { losesAnswer: new TypeError("fetch failed") },
      not_found: { result: { ok: false, error: "job_not_found" } },
      hangs: { hangs: true },
      garbage: { result: "<html>" },
      hostile: { result: JSON.parse('{"__proto__":{"ok":true,"status":"completed"}}') },
      throws_nothing: { throws: undefined },
    };
    const chosen = faults[fault];
    if (chosen !== undefined) this.service.fault(command, chosen);
  }

  /** Lets time pass until the promise settles, or the process is dead. */
  async #drive(
    promise: Promise<unknown>,
    life: ProcessLife,
  ): Promise<{ readonly error: unknown } | object | undefined> {
    let settled: { readonly error: unknown } | object | undefined;
    promise.then(
      () => {
        settled = {};
      },
      (error: unknown) => {
        settled = { error };
      },
    );
    for (let turn = 0; turn < 1_000 && settled === undefined && !life.isDead; turn += 1)
      await this.clock.advance(turn < 3 ? 0 : 1_000);
    return settled;
  }

  #judge(error: unknown): void {
    const isOwn = error === undefined || error instanceof TypeError || (error instanceof Error && "status" in error);
    if (!WatchdogError.isInstance(error) && !(error instanceof Killed) && !isOwn) this.notes.strangers.push(error);
  }
}
