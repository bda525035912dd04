/**
 * What a wrapped phase costs beside the same span and duration written by hand with the OpenTelemetry API, with an SDK and without. All in one run,
 * turn by turn, each variant in a process of its own, so that a busy machine slows every variant alike.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Turn } from "./phase-cost/phase-worker.ts";

// The second "by hand" is the control: its ratio to the first is what the machine's other work does to this run.
const VARIANTS = ["by hand", "by hand again", "library"] as const;
const KINDS = ["phase", "context"] as const;
const SDKS = ["sdk", "none"] as const;
const WARM_UP_TURNS = 6;
const TURNS = 40;
const phaseWorker = fileURLToPath(new URL("phase-cost/phase-worker.ts", import.meta.url));

console.log("\nOne phase of no work, in nanoseconds (median of turns; ratios to the one written by hand)");
const table: Record<string, Record<string, string>> = {};
for (const sdk of SDKS) {
  for (const kind of KINDS) {
    const nanos = await measurePhases(kind, sdk);
    const bare = median(nanos["by hand"]);
    table[`${sdk === "sdk" ? "SDK" : "no SDK"}, job.${kind}`] = {
      "by hand": bare.toFixed(0),
      library: median(nanos.library).toFixed(0),
      "library / by hand": (median(nanos.library) / bare).toFixed(2),
      "control: by hand again / by hand": (median(nanos["by hand again"]) / bare).toFixed(2),
    };
  }
}
console.table(table);

async function measurePhases(kind: string, sdk: string): Promise<Record<(typeof VARIANTS)[number], number[]>> {
  const nanos = { "by hand": [] as number[], "by hand again": [] as number[], library: [] as number[] };
  const workers = VARIANTS.map((variant) => ({ variant, child: fork(phaseWorker, [variant, kind, sdk]) }));
  try {
    for (let turn = -WARM_UP_TURNS; turn < TURNS; turn += 1) {
      // Each variant is first as often as it is last.
      const order = workers.map((_, index) => workers[(index + turn + WARM_UP_TURNS) % workers.length]);
      for (const worker of order) {
        if (worker === undefined) continue;
        const { nanosAPhase, phases, spans } = await runTurn(worker.child);
        if (sdk === "sdk" && spans < phases - 600)
          throw new Error(`${worker.variant} dropped spans: ${spans} of ${phases}`);
        if (turn >= 0) nanos[worker.variant].push(nanosAPhase);
      }
    }
  } finally {
    for (const { child } of workers) child.kill("SIGKILL");
  }
  return nanos;
}

async function runTurn(child: ChildProcess): Promise<Turn> {
  child.send("turn");
  const [turn] = (await once(child, "message")) as [Turn];
  return turn;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
