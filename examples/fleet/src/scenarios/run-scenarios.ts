/** Plays scenarios side by side on one fleet, and judges them when all are over. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Fleet } from "../fleet/start-fleet.ts";
import { readRecordedEvents } from "./recorded-events.ts";
import { runScenario, type ScenarioRun } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { judgeScenario, type RecordedEvent, type ScenarioVerdict } from "./scenario-verdict.ts";

/** What came of all scenarios. */
export interface RunVerdict {
  readonly passed: boolean;
  readonly scenarios: readonly ScenarioVerdict[];
  /** What is wrong and belongs to no scenario: a page of a pool that is none of theirs, a dead man's switch that was not heard. */
  readonly problems: readonly string[];
}

/** How long the last events may take from a worker that has stopped to the Collector's file. */
const EVENTS_WITHIN_MILLIS = 10_000;

/** Runs them; `onEnd` hears of each as it ends. Rejects only when `signal` aborts or the fleet is broken. */
export async function runScenarios(
  scenarios: readonly Scenario[],
  fleet: Fleet,
  options: { readonly signal: AbortSignal; readonly onEnd?: ((run: ScenarioRun) => void) | undefined },
): Promise<RunVerdict> {
  const play = async (scenario: Scenario, goOnUntil?: Promise<unknown>): Promise<ScenarioRun> => {
    const run = await runScenario(scenario, fleet, { signal: options.signal, goOnUntil });
    options.onEnd?.(run);
    return run;
  };
  const others = scenarios.filter(({ jobsArrive }) => !jobsArrive).map((scenario) => play(scenario));
  // A healthy pool beside them must stay silent until the last page of the others has come.
  const othersEnd = Promise.allSettled(others);
  const arriving = scenarios.filter(({ jobsArrive }) => jobsArrive).map((scenario) => play(scenario, othersEnd));
  const runs = await Promise.all([...others, ...arriving]);

  const events = await eventsOf(runs, fleet, options.signal);
  const verdicts = scenarios.map((scenario) => {
    const run = runs.find((candidate) => candidate.scenario === scenario);
    if (run === undefined) throw new Error(`Scenario ${scenario.pool} left no run.`);
    return judgeScenario(run, fleet.record.pages, events);
  });
  const problems = strayProblems(scenarios, fleet);
  return { passed: problems.length === 0 && verdicts.every(({ passed }) => passed), scenarios: verdicts, problems };
}

/** The events of all stacks, once those that each scenario needs are there, or have had the time to be. */
async function eventsOf(
  runs: readonly ScenarioRun[],
  fleet: Fleet,
  signal: AbortSignal,
): Promise<readonly RecordedEvent[]> {
  for (const deadline = Date.now() + EVENTS_WITHIN_MILLIS; ; await sleep(500, undefined, { signal })) {
    const files = [...fleet.stacks.values()].map(({ stack }) => readRecordedEvents(stack.eventsFile));
    const events = (await Promise.all(files)).flat();
    const isThere = (pool: string, name: string): boolean =>
      events.some((event) => event.pool === pool && event.name === name);
    const isComplete = runs.every(({ scenario }) => scenario.recorded.every((name) => isThere(scenario.pool, name)));
    if (isComplete || Date.now() > deadline) return events;
  }
}

function strayProblems(scenarios: readonly Scenario[], fleet: Fleet): readonly string[] {
  const pools = scenarios.map(({ pool }) => pool);
  const strays = fleet.record.pages.filter(({ page }) => page.alertKey !== "watchdog" && !pools.includes(page.pool));
  const silent = [...fleet.stacks.keys()].filter(
    (name) => !fleet.record.pages.some((received) => received.policy === name && received.page.alertKey === "watchdog"),
  );
  const crashed = fleet.record.workers.filter(({ what }) => what === "crashed");
  return [
    ...strays.map(({ page }) => `page ${page.alertKey} came for ${page.pool || "no pool"}`),
    ...silent.map((name) => `the dead man's switch of ${name} was not heard`),
    ...crashed.map(({ worker }) => `worker ${worker} ended by itself`),
  ];
}
