/** R6.3, measured: every kind of fault in every phase, in random company, and what share of the jobs that it makes stuck gets a class and an action. */
import { afterAll, expect, it } from "vitest";
import type { Heartbeat, Job, JournalRecord } from "../src/index.ts";
import { memoryJournal, WatchdogError } from "../src/index.ts";
import { createPolicy } from "../src/policy/index.ts";
import { type JobCommand, type JobFault, manualClock, memoryJobService } from "../src/testing/index.ts";
import { watchdogOf } from "../src/worker/create-watchdog.ts";
import { checkOptions } from "../src/worker/watchdog-options.ts";
import { WorkerContext } from "../src/worker/worker-context.ts";
import { simulatedGate } from "./simulation/simulated-gate.ts";

const SEEDS = 6;
const COMMANDS: readonly JobCommand[] = ["context", "progress", "complete", "fail", "release"];
const FAULTS: Readonly<Record<string, () => JobFault>> = {
  fetch_failed: () => ({ throws: new TypeError("fetch failed") }),
  http_500: () => ({ result: { ok: false, http_status: 500 } }),
  html: () => ({ throws: new WatchdogError("response_invalid", "x", { reason: "html" }) }),
  loses_answer: () => ({ losesAnswer: new TypeError("fetch failed") }),
  hangs: () => ({ hangs: true }),
  not_found: () => ({ result: { ok: false, error: "job_not_found" } }),
  rejected: () => ({ result: { ok: false, error: "forbidden" } }),
  missing_kind: () => ({ result: { ok: false, error: "missing_artifact_kind", missing_kinds: ["video"] } }),
  lease_lost: () => ({ result: { ok: false, error: "lease_lost" } }),
  garbage: () => ({ result: "garbage" }),
};
/** What the worker itself does wrong. */
const HABITS = [
  "none",
  "no_artifact",
  "refused_artifact",
  "failing_build",
  "hangs",
  "forgets_to_complete",
  "late_failure",
] as const;
type Habit = (typeof HABITS)[number];

interface Life {
  readonly name: string;
  readonly command: JobCommand | undefined;
  readonly fault: JobFault | undefined;
  readonly times: number;
  readonly habit: Habit;
  readonly hasSlot: boolean;
  readonly renews: boolean;
  readonly canAddKinds: boolean;
  readonly givesUp: boolean;
}

interface Outcome {
  readonly name: string;
  readonly stuckReason: string | undefined;
  readonly stuckClass: unknown;
  readonly action: unknown;
}

const outcomes: Outcome[] = [];

/** A small generator with a seed of its own, so that a life can be lived again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

function lives(): readonly Life[] {
  const found: Life[] = [];
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const chance = random(seed * 7_919);
    const company = (): Omit<Life, "name" | "command" | "fault" | "habit"> => ({
      times: 1 + Math.floor(chance() * 4),
      hasSlot: chance() < 0.7,
      renews: chance() < 0.5,
      canAddKinds: chance() < 0.5,
      givesUp: chance() < 0.3,
    });
    const habit = (): Habit => (chance() < 0.6 ? "none" : (HABITS[Math.floor(chance() * HABITS.length)] ?? "none"));
    for (const command of COMMANDS)
      for (const [kind, fault] of Object.entries(FAULTS))
        found.push({ name: `${command} ${kind} ${seed}`, command, fault: fault(), habit: habit(), ...company() });
    for (const own of HABITS)
      found.push({ name: `worker ${own} ${seed}`, command: undefined, fault: undefined, habit: own, ...company() });
  }
  return found;
}

async function live(life: Life): Promise<Outcome> {
  const clock = manualClock();
  const journal = memoryJournal();
  const service = memoryJobService({ clock, leaseSeconds: 900 });
  const client = service.client("w1");
  service.add({ id: "J1", ...(life.hasSlot ? { deliverableId: "D1" } : {}) });
  if (life.command !== undefined && life.fault !== undefined) service.fault(life.command, life.fault, life.times);
  const options = checkOptions({
    worker: { id: "w1", pool: "p" },
    policy: createPolicy(),
    journal,
    clock,
    helper: {
      touch: () => client.touch(),
      readJob: (job) => client.read(job.id),
      ...(life.renews ? { renew: (job: Job) => client.progress(job.id) } : {}),
      ...(life.canAddKinds ? { addArtifactKind: () => undefined } : {}),
    },
  });
  const watchdog = watchdogOf(
    new WorkerContext(
      options,
      simulatedGate(() => clock.now()),
    ),
  );
  let job: Job | undefined;
  let isOver = false;
  const beat = watchdog
    .heartbeat(async (it) => {
      job = await it.claim(() => client.claim());
      if (job !== undefined) await work(life, it, job, client);
    })
    .catch(() => undefined)
    .finally(() => {
      isOver = true;
    });
  for (let second = 0; second < 7_200 && !isOver; second += 10) await clock.advance(10_000);
  await beat;
  await clock.advance(1_000);
  const [proposal] = journal
    .records({ kind: "repair_action", limit: 1_000 })
    .filter(({ data }: JournalRecord) => data["trigger"] === "job_stuck");
  return {
    name: life.name,
    stuckReason: job?.state === "completed" ? undefined : job?.stuckReason,
    stuckClass: proposal?.data["class"],
    action: proposal?.data["action"],
  };
}

/** The worker's day, with its habit. */
async function work(
  life: Life,
  _: Heartbeat,
  job: Job,
  client: ReturnType<ReturnType<typeof memoryJobService>["client"]>,
): Promise<void> {
  await job.context(() => client.context(job.id));
  await job.progress("building_artifact", () => client.progress(job.id));
  const { signal, habit } = { signal: job.signal, habit: life.habit };
  if (habit === "hangs")
    await new Promise((_resolve, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
    );
  if (habit === "failing_build")
    await job
      .phase("build", () => {
        throw new RangeError("broken");
      })
      .catch(() => undefined);
  if (habit === "no_artifact" || habit === "failing_build") return;
  const place = habit === "refused_artifact" ? "gone" : "there";
  try {
    const artifact = await job.artifact(() => ({
      url: `https://x.example/${place}`,
      filesUrl: "https://x.example/files",
    }));
    if (habit === "forgets_to_complete") return;
    if (habit === "late_failure")
      await job.phase("notify", () => {
        throw new RangeError("broken");
      });
    await job.complete(artifact, () => client.complete(job.id));
  } catch {
    if (life.givesUp) await job.fail("it broke", () => client.fail(job.id));
  }
}

afterAll(() => {
  const stuck = outcomes.filter(({ stuckReason }) => stuckReason !== undefined);
  const classes = new Map<string, number>();
  for (const { stuckClass } of stuck) classes.set(String(stuckClass), (classes.get(String(stuckClass)) ?? 0) + 1);
  const table = [...classes].sort(([, one], [, other]) => other - one).map(([name, count]) => `${name} ${count}`);
  console.info(`R6.3: ${stuck.length} stuck jobs of ${outcomes.length}: ${table.join(", ")}`);
});

it("R6.3: at least 80% of the jobs that the fault campaign makes stuck get a class and an action", {
  timeout: 120_000,
}, async () => {
  for (const life of lives()) outcomes.push(await live(life));
  const stuck = outcomes.filter(({ stuckReason }) => stuckReason !== undefined);
  const told = stuck.filter(
    ({ stuckClass, action }) => stuckClass !== undefined && stuckClass !== "unknown" && action !== undefined,
  );
  expect(stuck.length).toBeGreaterThan(100);
  // Each has a record, also where its class is unknown.
  expect(stuck.filter(({ stuckClass }) => stuckClass === undefined)).toEqual([]);
  expect(told.length / stuck.length).toBeGreaterThanOrEqual(0.8);
});
