/** Phases by the library beside phases by hand, and beside a bare insert. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "./median.ts";
import type { PhaseWorkerOptions, Turn } from "./phase-worker.ts";

type Who = PhaseWorkerOptions["who"];
type Clock = "cpuNanos" | "wallNanos";
type Costs = ReadonlyMap<Who, readonly Turn[]>;

// The second of the first is the control: its ratio is what the machine's other work, and chance, do to this run. "span alone" leaves the duration
// out: of the library's phases the Collector makes it, from the span.
const BY_HAND: readonly Who[] = ["by hand", "by hand again", "span alone", "library"];
// "insert" goes into the journal's own table, "plain insert" into one without an index.
const BY_INSERT: readonly Who[] = ["insert", "insert again", "plain insert", "library"];

/** Fresh processes each: one process is a few percent faster or slower than the next for as long as it lives. */
const ROUNDS = 3;
const WARM_UP_TURNS = 4;
const TURNS = 12;
/** What may still be in the queue of spans when a turn is over. */
const QUEUED_SPANS = 600;
const phaseWorker = fileURLToPath(new URL("phase-worker.ts", import.meta.url));

/** Measures and prints. */
export async function measurePhases(): Promise<void> {
  console.log(
    "\nOne phase of no work, in nanoseconds of processor time (median of turns); ratios are the median of each turn's own",
  );
  const table: Record<string, Record<string, string>> = {};
  for (const sdk of [true, false]) {
    for (const kind of ["phase", "context"] as const) {
      const costs = await measure(BY_HAND, { kind, sdk });
      table[`${sdk ? "SDK" : "no SDK"}, job.${kind}`] = {
        "by hand": typical(costs, "by hand", 1),
        library: typical(costs, "library", 1),
        "library / by hand": ratio(costs, "library", "by hand"),
        "the same, wall clock": ratio(costs, "library", "by hand", "wallNanos"),
        "library / span alone": ratio(costs, "library", "span alone"),
        "control (by hand again / by hand)": ratio(costs, "by hand again", "by hand"),
      };
    }
  }
  console.table(table);

  console.log(
    "\nThe same with a journal in a file, no SDK, beside an insert with the same settings, in microseconds of processor time",
  );
  const journal: Record<string, Record<string, string>> = {};
  for (const kind of ["phase", "context"] as const) {
    const costs = await measure(BY_INSERT, { kind, sdk: false });
    journal[`job.${kind}`] = {
      insert: typical(costs, "insert", 1_000),
      library: typical(costs, "library", 1_000),
      "library / insert": ratio(costs, "library", "insert"),
      "the same, wall clock": ratio(costs, "library", "insert", "wallNanos"),
      "library / insert without an index": ratio(costs, "library", "plain insert"),
      "control (insert again / insert)": ratio(costs, "insert again", "insert"),
    };
  }
  console.table(journal);
}

async function measure(all: readonly Who[], options: Pick<PhaseWorkerOptions, "kind" | "sdk">): Promise<Costs> {
  const costs = new Map<Who, Turn[]>(all.map((who) => [who, []]));
  for (let round = 0; round < ROUNDS; round += 1) await measureRound(all, options, costs);
  return costs;
}

async function measureRound(
  all: readonly Who[],
  options: Pick<PhaseWorkerOptions, "kind" | "sdk">,
  costs: ReadonlyMap<Who, Turn[]>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "worker-watchdog-bench-"));
  const workers = all.map((who, index) => {
    const file = all === BY_INSERT ? join(folder, `${index}.db`) : undefined;
    const workerOptions: PhaseWorkerOptions = { ...options, who, file };
    return { who, child: fork(phaseWorker, [JSON.stringify(workerOptions)]) };
  });
  try {
    for (let turn = -WARM_UP_TURNS; turn < TURNS; turn += 1) {
      // Each variant is first as often as it is last.
      const order = workers.map((_, index) => workers[(index + turn + WARM_UP_TURNS) % workers.length]);
      for (const worker of order) {
        if (worker === undefined) continue;
        const cost = await runTurn(worker.child);
        if (options.sdk && cost.spans < cost.phases - QUEUED_SPANS)
          throw new Error(`${worker.who} dropped spans: ${cost.spans} of ${cost.phases}`);
        if (turn >= 0) costs.get(worker.who)?.push(cost);
      }
    }
  } finally {
    for (const { child } of workers) child.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  }
}

function typical(costs: Costs, who: Who, unit: number): string {
  return (median(costs.get(who)?.map(({ cpuNanos }) => cpuNanos)) / unit).toFixed(unit === 1 ? 0 : 1);
}

function ratio(costs: Costs, of: Who, to: Who, clock: Clock = "cpuNanos"): string {
  const others = costs.get(to) ?? [];
  return median(costs.get(of)?.map((cost, turn) => cost[clock] / (others[turn]?.[clock] ?? Number.NaN))).toFixed(2);
}

async function runTurn(child: ChildProcess): Promise<Turn> {
  child.send("turn");
  const [turn] = (await once(child, "message")) as [Turn];
  return turn;
}
