/** Plays one scenario on a running fleet: orders, workers, the fault, and then waits for what must come. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Fleet } from "../fleet/start-fleet.ts";
import type { WorkerProcess } from "../fleet/worker-process.ts";
import type { Facts } from "./fault-instant.ts";
import type { Scenario } from "./scenario.ts";

/** How a scenario went. */
export interface ScenarioRun {
  readonly scenario: Scenario;
  /** Unix seconds. */
  readonly startedAt: number;
  /** When its last wait was over: what came later came while things were being stopped. Unix seconds. */
  readonly endedAt: number;
  /** What was still missing when its time was over; undefined where nothing was. */
  readonly timedOutWaitingFor: string | undefined;
  readonly facts: Facts;
}

/** Options of {@link runScenario}. */
export interface ScenarioRunOptions {
  /** Ends the scenario early. */
  readonly signal: AbortSignal;
  /** A scenario whose jobs go on arriving goes on until this settles. Default: it ends by itself. */
  readonly goOnUntil?: Promise<unknown> | undefined;
}

const LOOK_EVERY_MILLIS = 250;
/** Jobs that wait for each worker, so that no claim comes back empty. */
const WAITING_PER_WORKER = 2;
/** How far into its build the worker is when it is killed. */
const KILL_AFTER_MILLIS = 2_000;

/** Runs a scenario to its end, and leaves no worker of it behind. */
export async function runScenario(scenario: Scenario, fleet: Fleet, options: ScenarioRunOptions): Promise<ScenarioRun> {
  const { pool } = scenario;
  const startedAt = Date.now() / 1_000;
  const deadline = Date.now() + scenario.timeoutSeconds * 1_000;
  const workers: WorkerProcess[] = [];
  let killedAt: number | undefined;
  const facts = (): Facts => factsOf(scenario, fleet, killedAt);

  function startWorker(): void {
    const { policy, heartbeatSeconds } = scenario;
    workers.push(fleet.startWorker({ id: `${pool}-${workers.length + 1}`, pool, policy, heartbeatSeconds }));
  }

  async function until(what: string, isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      options.signal.throwIfAborted();
      if (Date.now() > deadline) throw new TimeOver(what);
      await sleep(LOOK_EVERY_MILLIS);
    }
  }

  const hasPage = (alert: string, status: "firing" | "resolved", after = 0): boolean =>
    fleet.record.pages.some(
      ({ page }) => page.pool === pool && page.alertKey === alert && page.status === status && page.receivedAt >= after,
    );

  async function play(): Promise<void> {
    for (const job of scenario.jobs) await fleet.order(pool, job);
    if (scenario.jobsArrive) await fillQueue(scenario, fleet);
    for (let count = 0; count < scenario.workers; count += 1) startWorker();
    if (scenario.killAndTakeOverAfter !== undefined) {
      await until("the first worker to build", () =>
        facts().activities.some((seen) => seen.stage === "building_artifact"),
      );
      await sleep(KILL_AFTER_MILLIS);
      workers[0]?.kill();
      killedAt = Date.now() / 1_000;
      const alert = scenario.killAndTakeOverAfter;
      await until(`the page ${alert}`, () => hasPage(alert, "firing"));
      startWorker();
    }
    for (const { alert, overAt, mustEnd } of scenario.pages) {
      await until(`the page ${alert}`, () => hasPage(alert, "firing"));
      if (!mustEnd) continue;
      await until(`the end of ${alert}`, () =>
        hasPage(alert, "resolved", overAt?.(facts()) ?? Number.POSITIVE_INFINITY),
      );
    }
    await until(`${scenario.completedJobs} completed jobs`, () => completedJobs(facts()) >= scenario.completedJobs);
    await sleep(scenario.quietSeconds * 1_000, undefined, { signal: options.signal });
    if (scenario.jobsArrive) await options.goOnUntil;
  }

  const arriving = new AbortController();
  const arrivals = scenario.jobsArrive ? keepFilling(scenario, fleet, arriving.signal) : undefined;
  // Awaited in the end; until then a queue that is gone is told by whoever runs it.
  arrivals?.catch(() => {});
  let timedOutWaitingFor: string | undefined;
  try {
    await play();
  } catch (error) {
    if (!(error instanceof TimeOver)) throw error;
    timedOutWaitingFor = error.message;
  } finally {
    arriving.abort();
    await arrivals;
  }
  const endedAt = Date.now() / 1_000;
  await Promise.all(workers.map((worker) => worker.stop()));
  return { scenario, startedAt, endedAt, timedOutWaitingFor, facts: facts() };
}

/** What was seen of the scenario's pool. */
export function factsOf({ pool, policy }: Scenario, fleet: Fleet, killedAt: number | undefined): Facts {
  const stack = fleet.stacks.get(policy);
  if (stack === undefined) throw new Error(`No stack runs on the policy ${policy}.`);
  return {
    policy: stack.policy,
    activities: fleet.record.activities.filter((seen) => seen.pool === pool),
    artifactRequests: fleet.record.artifactRequests.filter(({ path }) => path.startsWith(`/deliverables/${pool}.`)),
    killedAt,
  };
}

/** How many jobs the queue took as completed. */
export function completedJobs(facts: Pick<Facts, "activities">): number {
  return facts.activities.filter(({ command, outcome }) => command === "complete" && outcome === "ok").length;
}

class TimeOver extends Error {}

/** Tops a pool's queue up to what its workers take at once. */
export async function fillQueue({ pool, workers }: Pick<Scenario, "pool" | "workers">, fleet: Fleet): Promise<void> {
  for (let waiting = await fleet.desk.waiting(pool); waiting < workers * WAITING_PER_WORKER; waiting += 1) {
    await fleet.order(pool);
  }
}

async function keepFilling(scenario: Scenario, fleet: Fleet, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(1_000, undefined, { signal }).catch(() => {});
    if (!signal.aborted) await fillQueue(scenario, fleet);
  }
}
