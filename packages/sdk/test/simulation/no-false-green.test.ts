import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SimulatedWorld, type Step, type StepFault } from "./simulated-worker.ts";

/** The short form; the full one is `npm run campaign -- properties`. */
const RUNS = Number(process.env["WATCHDOG_PROPERTY_RUNS"] ?? 300);

const faults: readonly StepFault[] = [
  "rejects",
  "transport",
  "http_500",
  "loses_answer",
  "not_found",
  "hangs",
  "garbage",
  "hostile",
  "throws_nothing",
];

const acts = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Step["act"]>("claim", "artifact", "complete") },
  { weight: 2, arbitrary: fc.constantFrom<Step["act"]>("doctor", "touch", "context", "progress", "build") },
  { weight: 1, arbitrary: fc.constantFrom<Step["act"]>("complete_forged", "release", "fail") },
);

const step = (crashes: boolean): fc.Arbitrary<Step> =>
  fc.record({
    act: acts,
    fault: fc.oneof(
      { weight: 2, arbitrary: fc.constant<StepFault>("none") },
      { weight: 1, arbitrary: fc.constantFrom(...faults) },
    ),
    isArtifactThere: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.constant(false)),
    diesAt: crashes
      ? fc.oneof(
          { weight: 2, arbitrary: fc.constant(0) },
          fc.integer({ min: 2, max: 40 }).map((half) => half / 2),
        )
      : fc.constant(0),
    diesAtCall: crashes
      ? fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.constantFrom(0.5, 1, 1.5, 2, 2.5))
      : fc.constant(0),
    after: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 60 }) }, fc.constantFrom(300, 890, 901, 2_000)),
    budget: fc.oneof({ weight: 5, arbitrary: fc.constant("0") }, fc.constantFrom("600", "100000")),
  });

const day = (crashes: boolean): fc.Arbitrary<readonly Step[]> =>
  fc.array(step(crashes), { minLength: 1, maxLength: 14 });

async function live(steps: readonly Step[]): Promise<SimulatedWorld> {
  const world = new SimulatedWorld(3);
  for (const next of steps) await world.step(next);
  return world;
}

function holds(world: SimulatedWorld): void {
  const { notes } = world;
  expect(notes.strangers).toEqual([]);
  // R5.1: nothing is completed without an artifact that the gate passed in that very attempt.
  expect(notes.completed.filter(({ hadPassed }) => !hadPassed)).toEqual([]);
  // R12: what is told as done is done.
  expect(notes.toldDone.filter((state) => state !== "completed")).toEqual([]);
  // R6.1: one try and one retry.
  expect(notes.runsOfStep.filter((runs) => runs > 2)).toEqual([]);
  // R1: one primary job a heartbeat.
  expect([...notes.jobsOfHeartbeat.values()].filter((jobs) => jobs.size > 1)).toEqual([]);
  // R7.2: one cancel event, and nothing runs after it.
  expect(world.journal.records({ name: "runtime.watchdog.cancel", limit: 1_000 }).length).toBeLessThanOrEqual(1);
  expect(notes.ranAfterCancel).toBe(0);
}

describe("any sequence of calls, results, crashes and replays", () => {
  it(`has no false green, no second job, no second retry and no second cancellation (${RUNS} runs)`, {
    timeout: 3_600_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(day(true), async (steps) => holds(await live(steps))),
      { numRuns: RUNS },
    );
  });

  it(`without a crash, the journal's totals are the exported counters (${RUNS} runs)`, {
    timeout: 3_600_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(day(false), async (steps) => {
        const world = await live(steps);
        holds(world);
        const rows = world.rows();
        const claims = rows.filter((row) => row.metric === "claims").reduce((sum, row) => sum + row.value, 0);
        expect(claims).toBe(world.notes.claims);
        const incidents = world.journal.records({ kind: "watchdog_incident", limit: 10_000 });
        for (const row of rows.filter(
          ({ metric }) => metric === "claimIncidents" || metric === "claimIncidentsCleared",
        )) {
          const told = incidents.filter(
            ({ traceId, jobId = "", data }) =>
              traceId === row.attributes["trace.id"] &&
              jobId === row.attributes["job.id"] &&
              data["class"] === row.attributes["kind"] &&
              data["reason"] === row.attributes["reason"],
          );
          const opened = told.filter(({ data }) => data["state"] === "open").length;
          if (row.metric === "claimIncidents") expect([row.attributes, row.value]).toEqual([row.attributes, opened]);
          else expect(row.value).toBeLessThanOrEqual(opened);
        }
      }),
      { numRuns: RUNS },
    );
  });
});
