/** A process that runs one variant's phases, a turn at a time, and answers with the nanoseconds that each took on average. */
import { context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { createWatchdog, type Job, type Journal } from "@worker-watchdog/sdk";
import { openJournal } from "@worker-watchdog/store";
import { bareInsert } from "./bare-insert.ts";
import { phaseByHand } from "./phase-by-hand.ts";
import { registerSdk } from "./register-sdk.ts";

/** Long enough for a process that comes to its turn to be warm again. */
const PHASES_A_TURN = 10_000;
/** Each takes longer. */
const PHASES_A_TURN_WITH_FILE = 1_000;
/** Below the span queue's batch, so that no variant ever drops one. */
const PHASES_A_BREATH = 200;
const identity = { pool: "bench", id: "bench-1", role: "builder" };

/** Which phases of whom. */
export interface PhaseWorkerOptions {
  readonly who: "by hand" | "by hand again" | "span alone" | "library" | "insert" | "insert again" | "plain insert";
  /** The library's method: the worker's own work, or a command of the job service with its bound, its verdict and its audit record. */
  readonly kind: "phase" | "context";
  readonly sdk: boolean;
  /** Where the records go: the library's journal, or the table of bare inserts. Undefined: nowhere but memory. */
  readonly file?: string | undefined;
}

/** What one turn took. */
export interface Turn {
  readonly wallNanos: number;
  /** Of the processor, on all cores, its garbage collector included. What other programs take does not count. */
  readonly cpuNanos: number;
  readonly phases: number;
  readonly spans: number;
}

const { who, kind, sdk, file } = JSON.parse(process.argv[2] ?? "{}") as PhaseWorkerOptions;
const phasesATurn = file === undefined ? PHASES_A_TURN : PHASES_A_TURN_WITH_FILE;
const sent = sdk ? registerSdk() : undefined;
let phases = 0;
const runTurn = turns();
process.on("message", async () => {
  const turn: Turn = { ...(await runTurn()), phases, spans: sent?.spans ?? 0 };
  process.send?.(turn);
});

type Cost = Pick<Turn, "wallNanos" | "cpuNanos">;

function turns(): () => Promise<Cost> {
  if (who === "library") return byLibrary(file === undefined ? undefined : openJournal({ file }));
  if (file === undefined) return byHand();
  const insert = bareInsert(file, who === "plain insert" ? "plain" : "journal");
  return () => timed(async () => insert());
}

async function work(): Promise<{ readonly ok: boolean }> {
  return { ok: true };
}

async function timed(phase: () => Promise<unknown>): Promise<Cost> {
  let wall = 0n;
  let cpuMicros = 0;
  for (let done = 0; done < phasesATurn; done += PHASES_A_BREATH) {
    const cpuBefore = process.cpuUsage();
    const startedAt = process.hrtime.bigint();
    for (let index = 0; index < PHASES_A_BREATH; index += 1) await phase();
    wall += process.hrtime.bigint() - startedAt;
    const { user, system } = process.cpuUsage(cpuBefore);
    cpuMicros += user + system;
    await new Promise((resolve) => setImmediate(resolve));
  }
  phases += phasesATurn;
  return { wallNanos: Number(wall) / phasesATurn, cpuNanos: (cpuMicros * 1_000) / phasesATurn };
}

function byHand(): () => Promise<Cost> {
  const tracer = trace.getTracer("bench");
  const passes = kind === "phase" ? () => true : (result: { readonly ok: boolean }) => result.ok === true;
  let jobs = 0;
  return async () => {
    jobs += 1;
    const leaseExpiresAt = Math.floor(Date.now() / 1_000) + 900;
    const claim = tracer.startSpan("worker.claim", {}, ROOT_CONTEXT);
    const parent = trace.setSpan(ROOT_CONTEXT, claim);
    const worker = { ...identity, jobId: `job-${jobs}`, leaseExpiresAt };
    const runPhase = phaseByHand(worker, parent, { measures: who !== "span alone" });
    const cost = await context.with(parent, () =>
      timed(() => runPhase(kind === "phase" ? "build" : "context", passes, work)),
    );
    claim.end();
    return cost;
  };
}

function byLibrary(journal: Journal | undefined): () => Promise<Cost> {
  const watchdog = createWatchdog({ worker: identity, journal });
  let jobs = 0;
  return () =>
    watchdog.heartbeat(async (beat) => {
      jobs += 1;
      const now = Math.floor(Date.now() / 1_000);
      const claimed = { id: `job-${jobs}`, lease_expires_at: now + 900, deliverable_id: "d", payload: {} };
      const job = (await beat.claim(() => ({ ok: true, server_time: now, job: claimed }))) as Job;
      const cost = await timed(kind === "phase" ? () => job.phase("build", work) : () => job.context(work));
      await job.release("bench", () => ({ ok: true }));
      return cost;
    });
}
